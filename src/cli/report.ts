import { type ErrorAction, explain, RlmError } from '../core/errors.ts';
import type { Citation, Conflict, RunEnd } from '../core/events.ts';
import { citationProblem } from '../core/evidence/citations.ts';
import { formatCost, formatDuration, formatTokens } from '../core/figures.ts';
import { wayText } from '../core/modes.ts';
import type { Context, LeftOutReason } from '../core/ports/context.ts';
import { oneLine } from '../core/printable.ts';
import { plural } from './format.ts';

export { type Report, reportOf } from '../core/report.ts';

/** Exit codes of the command line. */
export const EXIT = { answered: 0, input: 2, partial: 3, noServer: 4, failed: 5, cancelled: 130 } as const;

/** Maps the outcome of a run to an exit code. */
export function exitCodeOf({ outcome, error }: Pick<RunEnd, 'outcome' | 'error'>): number {
	if (outcome === 'failed') return exitCodeOfError(error?.code);
	return EXIT[outcome];
}

/** @param code of an RlmError */
export function exitCodeOfError(code: string | undefined): number {
	if (code === 'input' || code === 'config') return EXIT.input;
	if (code === 'no-server' || code === 'model') return EXIT.noServer;
	if (code === 'cancelled') return EXIT.cancelled;
	return EXIT.failed;
}

/** Formats an error for a person: a sentence, a hint, and the stack trace when `isDebug`. */
export function errorText(error: unknown, isDebug: boolean): string {
	const { message, hint, actions } = explain(error);
	const lines = [`rlm: ${message}`];
	if (hint !== undefined) lines.push(`     ${hint}`);
	lines.push(...insteadOf(actions));
	if (isDebug && error instanceof Error) lines.push(error.stack ?? '');
	else if (!(error instanceof RlmError)) lines.push('     This is a bug in rlm; RLM_DEBUG=1 shows the stack trace.');
	return lines.join('\n');
}

/** What answers where no server can be reached. It is offered and never used unasked: it is not a language model. */
function insteadOf(actions: readonly ErrorAction[]): string[] {
	if (!actions.includes('use-builtin')) return [];
	return ['     --provider builtin lets the built-in engine answer.'];
}

const LIMITS: Readonly<Record<NonNullable<RunEnd['reason']>, string>> = {
	iterations: 'the iteration limit was reached (--max-iterations)',
	calls: 'the sub-call limit was reached (--max-calls)',
	tokens: 'the token limit was reached (limits.tokens)',
	cost: 'the cost limit was reached (--max-cost)',
	duration: 'the time limit was reached (--timeout)',
	errors: 'too many cells in a row failed',
	emptyReplies: 'the model stopped writing code without giving an answer',
	'answer-now': 'the answer was asked for early',
};

/** Says why a run ended without a full answer; undefined when it ended with one. */
export function outcomeText({ outcome, reason, error, answer }: RunEnd): string | undefined {
	if (outcome === 'answered') return undefined;
	const what = answer === '' ? 'no answer' : 'this is the best answer so far';
	if (outcome === 'partial') return `rlm: partial: ${reason ? LIMITS[reason] : 'a limit was reached'}; ${what}`;
	if (outcome === 'cancelled') return `rlm: cancelled; ${what}`;
	const lines = [`rlm: ${error?.message ?? 'the run failed'}`];
	if (error?.hint !== undefined) lines.push(`     ${error.hint}`);
	lines.push(...insteadOf(error?.actions ?? []));
	return lines.join('\n');
}

/** Summarises a run: `answered · guided (table) · 2 iterations · 7 calls · 1.3k tokens · $0.011 · 1.7 s · journal …`. */
export function summaryLine(end: RunEnd, plan: string | undefined, journal: string | undefined): string {
	return [
		end.found === false ? 'not in the text' : end.outcome,
		end.mode && wayText(end.mode, plan),
		plural(end.iterations, 'iteration'),
		plural(end.totals.calls, 'model call'),
		formatTokens(end.totals),
		formatCost(end.totals),
		formatDuration(end.durationMs),
		journal === undefined ? undefined : `journal ${oneLine(journal)}`,
	]
		.filter((part) => part !== undefined)
		.join(' · ');
}

/** Says what of an answer rests on nothing that was read, and which cited passages contradict each other. */
export function doubtLines({ unsupported = [], conflicts = [] }: RunEnd): string[] {
	const passage = ({ path, startLine, text }: Conflict['first']) => `${path}:${startLine} "${text}"`;
	return [
		...unsupported.map(({ sentence, terms }) => `rests on nothing that was read (${terms.join(', ')}): ${sentence}`),
		...conflicts.map(({ first, second }) => `contradict each other: ${passage(first)} and ${passage(second)}`),
	].map(oneLine);
}

/**
 * Lists citations, one a line: `src/server.ts:12  listen(8080)`. One that does not hold says so, with what the answer
 * quotes: `src/server.ts:13  not found in the text; it stands at src/server.ts:12: "listen(8080)"`.
 */
export function citationLines(citations: readonly Citation[]): string[] {
	return citations.map((citation) => {
		const { path, startLine, endLine, quote, quoted } = citation;
		const lines = endLine > startLine ? `${startLine}-${endLine}` : `${startLine}`;
		const problem = citationProblem(citation);
		const claim = quoted === undefined ? '' : `: "${quoted}"`;
		return `${oneLine(path)}:${lines}  ${oneLine(problem === undefined ? quote : `${problem}${claim}`)}`.trimEnd();
	});
}

/** Names the reasons for leaving files out. Ignored files are not mentioned, because the user asked for that. */
const LEFT_OUT: Readonly<Record<Exclude<LeftOutReason, 'ignored'>, string>> = {
	binary: 'binary',
	secret: 'that may hold secrets',
	unreadable: 'unreadable',
	'not-utf8': 'not UTF-8',
	'over-limit': 'beyond the limit',
};

/** Formats `left out: 2 binary (a.png, …), 1 not UTF-8 (notes.txt)`; undefined when everything was taken. */
export function leftOutText(contexts: readonly Context[]): string | undefined {
	const leftOut = contexts.flatMap((context) => (context.kind === 'json' ? [] : context.leftOut));
	const parts = leftOut.flatMap(({ reason, count, examples }) => {
		if (reason === 'ignored') return [];
		const more = count > 1 ? ', …' : '';
		return [`${count} ${LEFT_OUT[reason]} (${oneLine(examples[0] ?? '')}${more})`];
	});
	const hint = leftOut.some(({ reason }) => reason === 'secret') ? '; --allow-secret GLOB reads secret files' : '';
	return parts.length === 0 ? undefined : `left out: ${parts.join(', ')}${hint}`;
}
