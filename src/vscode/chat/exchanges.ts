import { l10n } from 'vscode';
import { CancelledError, type Explanation, explain } from '../../core/errors.ts';
import type { Citation } from '../../core/events.ts';
import { formatDuration } from '../../core/figures.ts';
import { present } from '../../core/present.ts';
import type { RunResult } from '../../core/request.ts';
import { rootRun } from '../../core/tree.ts';
import type { ShownExchange, ShownPlace } from '../../protocol/chat.ts';
import { canBeOpened, citationFault, conflictText } from '../../protocol/evidence.ts';
import { outcomeText } from '../answerDocument.ts';
import { costText, tokensText } from '../figures.ts';
import { statusText } from '../runStatus.ts';
import type { Run } from '../runs/run.ts';
import { draftOf } from './draft.ts';

/** Most citations kept of an answer. */
const MAX_PLACES = 100;

/** Shows a run under way as an exchange. @param notes sentences about how it began */
export function liveExchange(run: Run, notes: readonly string[]): ShownExchange {
	const { id, question, contextLabel, state, progress, tree } = run;
	return {
		id,
		question,
		contextLabel,
		state,
		progress: progress || (tree.seq < 0 ? l10n.t('starting') : statusText(tree)),
		draft: draftOf(tree),
		answer: '',
		citations: [],
		doubts: [],
		notes,
		error: undefined,
		figures: '',
	};
}

/** Shows a run that has ended. */
export function endedExchange(run: Run, result: RunResult, notes: readonly string[]): ShownExchange {
	const { outcome, answer, error } = result;
	const root = rootRun(run.tree);
	return {
		...liveExchange(run, [...notes, ...(root?.notices ?? []), ...outcomeNotes(result)]),
		state: outcome,
		progress: '',
		draft: '',
		answer,
		citations: result.citations.slice(0, MAX_PLACES).map(shownPlace),
		doubts: doubtsOf(result),
		error: outcome === 'failed' ? shownError(error ?? explain(new Error(l10n.t('The run failed.')))) : undefined,
		figures: figuresText(result, root?.start.isBuiltin ?? false),
	};
}

function shownPlace(citation: Citation): ShownPlace {
	const { path, startLine, endLine } = citation;
	const isMissing = canBeOpened(citation) ? undefined : true;
	return present({ path, startLine, endLine, problem: citationFault(citation, l10n.t), isMissing });
}

/** What of an answer rests on nothing that was read, and which cited passages contradict each other. */
export function doubtsOf({ unsupported = [], conflicts = [] }: RunResult): string[] {
	return [
		...unsupported.map(({ sentence, terms }) =>
			l10n.t('Rests on nothing that was read: {0} ({1})', sentence, terms.join(', ')),
		),
		...conflicts.map((conflict) => l10n.t('Contradict each other: {0}', conflictText(conflict))),
	];
}

/** Shows a run that could not begin. */
export function failedExchange(run: Run, error: unknown, notes: readonly string[]): ShownExchange {
	const isCancelled = error instanceof CancelledError;
	return {
		...liveExchange(run, isCancelled ? [...notes, l10n.t('Stopped.')] : notes),
		state: isCancelled ? 'cancelled' : 'failed',
		progress: '',
		draft: '',
		error: isCancelled ? undefined : shownError(explain(error)),
	};
}

/** Restores a stored exchange. One that was under way counts as interrupted. */
export function storedExchange(exchange: ShownExchange): ShownExchange {
	const isOver = exchange.state !== 'collecting' && exchange.state !== 'running';
	if (isOver) return exchange;
	const notes = [...exchange.notes, l10n.t('Interrupted when the window was closed.')];
	return { ...exchange, state: 'interrupted', progress: '', draft: '', notes };
}

/** Says why an answer is incomplete. For a failure, the error says it. */
function outcomeNotes(result: RunResult): readonly string[] {
	const { outcome, answer, found } = result;
	if (found === false) return [l10n.t('Not in the text')];
	if (outcome === 'cancelled') return [answer === '' ? l10n.t('Stopped.') : outcomeText(result)];
	if (outcome !== 'partial') return [];
	return answer === '' ? [outcomeText(result), l10n.t('There is no answer.')] : [outcomeText(result)];
}

function shownError({ message, hint, actions }: Explanation): NonNullable<ShownExchange['error']> {
	const withRetry = actions.includes('retry') ? actions : (['retry', ...actions] as const);
	return { message: hint === undefined ? message : `${message} ${hint}`, actions: withRetry };
}

function figuresText({ iterations, totals, durationMs }: RunResult, isBuiltin: boolean): string {
	return [
		iterations === 1 ? l10n.t('1 iteration') : l10n.t('{0} iterations', iterations),
		tokensText(totals),
		isBuiltin ? l10n.t('built-in engine') : costText(totals),
		formatDuration(durationMs),
	]
		.filter((part) => part !== undefined)
		.map((part) => part.replaceAll(' ', '\u00a0')) // so that lines break between figures only
		.join(' · ');
}
