import type { Totals } from '../../src/core/events.ts';
import { formatCost, formatCount, formatDuration } from '../../src/core/figures.ts';
import { oneLine } from '../../src/core/printable.ts';
import type { CallNode, CodeNode, IterationNode, NodeStatus, RunNode, RunTree, TreeNode } from '../../src/core/tree.ts';
import { t } from '../shared/l10n.ts';

/** Texts of a line of the tree. */
export interface NodeTexts {
	readonly title: string;
	/** Dimmed text after the title. */
	readonly note: string;
}

/** Most characters of a title or a note. */
const MAX_CHARACTERS = 300;

export function textsOf(node: TreeNode): NodeTexts {
	const { title, note } = rawTexts(node);
	return { title: oneLine(title).slice(0, MAX_CHARACTERS), note: oneLine(note).slice(0, MAX_CHARACTERS) };
}

function rawTexts(node: TreeNode): NodeTexts {
	switch (node.kind) {
		case 'run':
			return { title: node.start.query, note: runNote(node) };
		case 'iteration':
			return {
				title: node.isSalvage ? t('Closing iteration') : t('Iteration {0}', node.index),
				note: iterationNote(node),
			};
		case 'code':
			return { title: t('Cell'), note: codeNote(node) };
		case 'call':
			return { title: node.start.kind === 'rlm' ? t('Child run') : t('Sub-call'), note: callNote(node) };
	}
}

function runNote({ error, outcome, notices }: RunNode): string {
	return error?.message ?? (outcome === undefined ? (notices.at(-1) ?? '') : '');
}

function iterationNote({ message, status, text, reasoning, failedAttempts, notices }: IterationNode): string {
	if (message) return notices.at(-1) ?? firstLine(message.text);
	if (status !== 'running') return failedAttempts.at(-1) ?? '';
	if (text !== '') return lastLine(text);
	if (reasoning !== '') return t('thinking: {0}', lastLine(reasoning));
	return failedAttempts.at(-1) ?? t('waiting for the model');
}

function codeNote({ code, result, output, status }: CodeNode): string {
	if (result?.error) {
		const { type, message, line } = result.error;
		return line === undefined ? `${type}: ${message}` : t('{0}: {1} (line {2})', type, message, line);
	}
	return status === 'running' && output !== '' ? lastLine(output) : firstLine(code);
}

function callNote({ start, result, failedAttempts, status }: CallNode): string {
	const failure = status === 'running' ? failedAttempts.at(-1) : undefined;
	const reply = result?.reply ?? failure;
	return reply === undefined || reply === '' ? start.preview : `${start.preview}  →  ${firstLine(reply)}`;
}

/** Counts the iterations of a run as its result does: without the closing one, which only demands the answer. */
export function iterationsOf(tree: RunTree, run: RunNode): number {
	return run.children.filter((id) => {
		const node = tree.nodes.get(id);
		return node?.kind === 'iteration' && !node.isSalvage;
	}).length;
}

/** Names the status of a node, for people who cannot see the icon. */
export function statusText(status: NodeStatus): string {
	const texts: Record<NodeStatus, string> = {
		running: t('running'),
		done: t('done'),
		failed: t('failed'),
		partial: t('partial'),
		cancelled: t('cancelled'),
	};
	return texts[status];
}

/** Formats tokens, with `~` for an estimate; empty when there are none. */
export function tokensText({ usage }: Totals): string {
	const tokens = usage.promptTokens + usage.completionTokens;
	return tokens === 0 ? '' : `${usage.isEstimate ? '~' : ''}${formatCount(tokens)}`;
}

/** Formats the cost; undefined when no price is known, empty without calls. */
export function costText(totals: Totals): string | undefined {
	if (totals.calls === 0) return '';
	if (totals.costUsd === 0 && totals.unpricedCalls === 0) return '$0';
	return formatCost(totals);
}

/** Formats how long a node took, or has taken so far. @param now ms since the epoch */
export function durationText({ startedAt, endedAt }: TreeNode, now: number): string {
	return formatDuration(Math.max(0, (endedAt ?? now) - startedAt));
}

/** Finds the first line that is neither blank, a fence nor a comment. */
function firstLine(text: string): string {
	for (const line of text.slice(0, 2000).split('\n')) {
		const trimmed = line.trim();
		if (trimmed !== '' && !trimmed.startsWith('```') && !trimmed.startsWith('#')) return trimmed;
	}
	return text.slice(0, MAX_CHARACTERS).trim();
}

function lastLine(text: string): string {
	return text.slice(-MAX_CHARACTERS).trimEnd().split('\n').at(-1) ?? '';
}
