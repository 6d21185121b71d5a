import { l10n } from 'vscode';
import type { ContextSummary, RunOutcome } from '../core/events.ts';
import { formatDuration } from '../core/figures.ts';
import type { LeftOut, LeftOutReason } from '../core/ports/context.ts';
import type { RunResult } from '../core/request.ts';
import { type RunTree, rootRun } from '../core/tree.ts';
import { endReason } from '../protocol/endReason.ts';
import { evidence, type LinkTo } from './answerEvidence.ts';
import { costText, tokensText } from './figures.ts';
import { codeSpan, escaped, harmless, quoted } from './safeMarkdown.ts';

/** Renders a run as Markdown: the answer, then the evidence, then how it was made. */
export function renderAnswer(question: string, result: RunResult, tree: RunTree, linkTo: LinkTo): string {
	const root = rootRun(tree);
	const sections = [
		`# ${escaped(headline(question))}`,
		question.includes('\n') ? quoted(question.split('\n').map(escaped).join('\n')) : '',
		banner(result),
		root?.start.isBuiltin ? quoted(builtinNote()) : '',
		result.answer === '' ? '' : harmless(result.answer.trim()),
		evidence(result, linkTo),
		'---',
		summary(result, root?.start.isBuiltin ?? false),
		models(tree),
		contextLines(root?.start.contexts ?? []),
	];
	return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** Shortens a question to a heading: its first line, cut at a word. */
export function headline(question: string): string {
	const line = question.trim().split('\n', 1)[0] ?? '';
	return line.length <= 120 ? line : `${line.slice(0, 120).replace(/\s\S*$/, '')} …`;
}

function banner(result: RunResult): string {
	const text = outcomeText(result);
	if (text === '') return '';
	const nothing = result.answer === '' ? ` ${l10n.t('There is no answer.')}` : '';
	return quoted(`**${harmless(text)}**${nothing}`);
}

/** Says in a sentence why an answer is incomplete; empty for a complete one. */
export function outcomeText({ outcome, reason, error }: RunResult): string {
	if (outcome === 'answered') return '';
	const texts: Record<Exclude<RunOutcome, 'answered'>, string> = {
		partial: l10n.t(
			'Partial answer: {0} This is the best answer so far.',
			reason === undefined ? '' : endReason(reason, l10n.t),
		),
		cancelled: l10n.t('The run was cancelled. This is what it had found.'),
		failed: l10n.t('The run failed: {0} This is what it had found.', error?.message ?? ''),
	};
	return texts[outcome];
}

function builtinNote(): string {
	return l10n.t(
		'Made by the **built-in engine**: a deterministic program that searches, counts and extracts. It is not a language model. For answers from a model, add a server to the setting `rlm.servers`.',
	);
}

function summary({ outcome, found, iterations, totals, durationMs, runId }: RunResult, isBuiltin: boolean): string {
	const outcomes: Record<RunOutcome, string> = {
		answered: l10n.t('Answered'),
		partial: l10n.t('Partial'),
		cancelled: l10n.t('Cancelled'),
		failed: l10n.t('Failed'),
	};
	return [
		`**${found === false ? l10n.t('Not in the text') : outcomes[outcome]}**`,
		iterations === 1 ? l10n.t('1 iteration') : l10n.t('{0} iterations', iterations),
		totals.calls === 1 ? l10n.t('1 model call') : l10n.t('{0} model calls', totals.calls),
		tokensText(totals),
		isBuiltin ? l10n.t('no cost') : costText(totals),
		formatDuration(durationMs),
		l10n.t('run {0}', runId),
	]
		.filter((part) => part !== undefined)
		.join(' · ');
}

/** Lists every model and server that answered, with its number of calls. */
function models(tree: RunTree): string {
	const calls = new Map<string, number>();
	for (const node of tree.nodes.values()) {
		const reply = node.kind === 'iteration' ? node.message : node.kind === 'call' ? node.result : undefined;
		if (reply?.server === undefined || (node.kind === 'call' && node.start.kind === 'rlm')) continue;
		const name = l10n.t('{0} on {1}', codeSpan(reply.model ?? '?'), codeSpan(reply.server));
		calls.set(name, (calls.get(name) ?? 0) + 1);
	}
	if (calls.size === 0) return '';
	return l10n.t('Models: {0}', [...calls].map(([name, count]) => `${name} (${count})`).join(', '));
}

function contextLines(contexts: readonly ContextSummary[]): string {
	return contexts.flatMap((context) => [contextLine(context), ...leftOutLines(context.leftOut)]).join('\n\n');
}

function contextLine({ kind, label, files, lines, bytes }: ContextSummary): string {
	const size = bytes < 1024 ? `${bytes} B` : bytes < 1024 ** 2 ? `${Math.round(bytes / 1024)} KB` : megabytes(bytes);
	const parts = [codeSpan(label), linesText(lines), size];
	if (kind === 'files') parts.splice(1, 0, files === 1 ? l10n.t('1 file') : l10n.t('{0} files', files));
	return l10n.t('Context: {0}', parts.join(', '));
}

function linesText(lines: number): string {
	return lines === 1 ? l10n.t('1 line') : l10n.t('{0} lines', lines);
}

function megabytes(bytes: number): string {
	return `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

function leftOutLines(leftOut: readonly LeftOut[]): string[] {
	if (leftOut.length === 0) return [];
	const reasons: Record<LeftOutReason, string> = {
		ignored: l10n.t('ignored by rules'),
		binary: l10n.t('binary'),
		secret: l10n.t('may hold secrets'),
		unreadable: l10n.t('unreadable'),
		'not-utf8': l10n.t('not UTF-8 text'),
		'over-limit': l10n.t('over the limit of the whole context'),
	};
	const items = leftOut.map(({ reason, count, examples }) => {
		const names = examples.slice(0, 3).map(codeSpan).join(', ');
		return `- ${count} ${reasons[reason]}: ${names}${count > 3 ? ', …' : ''}`;
	});
	return [`${l10n.t('Left out of the context:')}\n\n${items.join('\n')}`];
}
