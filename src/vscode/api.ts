import { type Event, l10n, type Uri, workspace } from 'vscode';
import type { Citation, RunEvent, RunOutcome, Totals } from '../core/events.ts';
import type { ContextSource } from './contextSource.ts';
import type { Run, RunState } from './runs/run.ts';
import type { Runs } from './runs/runs.ts';

/**
 * The API for other extensions:
 * `vscode.extensions.getExtension<RlmApi>('rlm-team.rlm-vscode')?.activate()`. Within a version nothing is removed or
 * changes its meaning.
 */
export interface RlmApi {
	readonly apiVersion: 1;
	/**
	 * Asks a question with the servers and limits of the user's settings.
	 * @param signal cancels the run
	 */
	run(request: ApiRequest, signal: AbortSignal): ApiRun;
	/** Fires for every run of the window, whoever started it. */
	readonly onDidStartRun: Event<ApiRun>;
	readonly onDidEndRun: Event<ApiRun>;
}

/** A question and its context. */
export interface ApiRequest {
	readonly question: string;
	/** A named text, a document, or all folders of the workspace. */
	readonly context: { readonly label: string; readonly text: string } | Uri | 'workspace';
}

/** A run as other extensions see it. */
export interface ApiRun {
	readonly id: string;
	readonly question: string;
	readonly state: RunState;
	/** Path of the journal, once it exists. */
	readonly journal: string | undefined;
	/** Rejects when the run could not begin. A run that fails later resolves with that outcome. */
	readonly result: Promise<ApiResult>;
	/** Fires with new events, in batches. Events may gain fields. */
	readonly onEvents: Event<readonly RunEvent[]>;
	cancel(): void;
	/** Ends the run with its best answer so far. */
	answerNow(): void;
}

/** Result of a run. */
export interface ApiResult {
	readonly runId: string;
	readonly outcome: RunOutcome;
	/** The answer, or the best part of one; may be empty. */
	readonly answer: string;
	/** Of an answered run: false when the answer is that the text does not say. */
	readonly found?: boolean;
	/** Each says whether it holds. */
	readonly citations: readonly Citation[];
	readonly totals: Totals;
	/** ms */
	readonly durationMs: number;
}

/** Makes the API for the runs of this window. */
export function createApi(runs: Runs): RlmApi {
	const views = new WeakMap<Run, ApiRun>();
	const viewOf = (run: Run): ApiRun => {
		const view = views.get(run) ?? viewOfRun(runs, run);
		views.set(run, view);
		return view;
	};
	return {
		apiVersion: 1,
		run({ question, context }, signal) {
			return viewOf(runs.start({ question, source: lazySource(context) }, signal));
		},
		onDidStartRun: mapped(runs.onDidStart, viewOf),
		onDidEndRun: mapped(runs.onDidEnd, viewOf),
	};
}

function viewOfRun(runs: Runs, run: Run): ApiRun {
	return {
		id: run.id,
		question: run.question,
		get state() {
			return run.state;
		},
		get journal() {
			return run.journal;
		},
		result: run.result,
		onEvents: (listener, thisArgs, disposables) =>
			runs.onEvents((batch) => batch.run === run && listener.call(thisArgs, batch.events), undefined, disposables),
		cancel: () => run.cancel(),
		answerNow: () => run.answerNow(),
	};
}

function mapped<From, To>(event: Event<From>, map: (from: From) => To): Event<To> {
	return (listener, thisArgs, disposables) =>
		event((from) => listener.call(thisArgs, map(from)), undefined, disposables);
}

/** Loads the readers of texts on first use, not at activation. */
function lazySource(context: ApiRequest['context']): ContextSource {
	const label = labelOf(context);
	return {
		title: l10n.t('Ask about {0}', label),
		label,
		collect: async (options) => (await (await import('./apiSource.ts')).sourceOf(context)).collect(options),
	};
}

function labelOf(context: ApiRequest['context']): string {
	if (context === 'workspace') return l10n.t('workspace {0}', workspace.name ?? '');
	return 'text' in context ? context.label : workspace.asRelativePath(context);
}
