import type { Uri } from 'vscode';
import type { Explanation } from '../../core/errors.ts';
import type { RunEvent } from '../../core/events.ts';
import { lighten } from '../../core/lighten.ts';
import type { RunResult } from '../../core/request.ts';
import { emptyTree, foldEvent, type RunTree } from '../../core/tree.ts';
import type { EngineRun } from '../../engine.ts';
import type { SourceOrigin } from '../contextSource.ts';
import { EventBatches } from './eventBatches.ts';
import { EventLog } from './eventLog.ts';
import { isUnderWay, type Run, type RunState, type StartRequest } from './run.ts';

/** Receives the changes of a live run. */
export interface LiveRunListener {
	onChange(run: LiveRun): void;
	onEvents(run: LiveRun, events: readonly RunEvent[]): void;
}

/** A run that this window started. Its owner drives it; others see a `Run`. */
export class LiveRun implements Run {
	readonly id: string;
	readonly question: string;
	readonly contextLabel: string;
	readonly origin: SourceOrigin | undefined;
	readonly startedAt = Date.now();
	readonly tree: RunTree = emptyTree();
	readonly log = new EventLog();
	readonly result: Promise<RunResult>;
	readonly rerun: NonNullable<Run['rerun']>;
	state: RunState = 'collecting';
	endedAt: number | undefined;
	journal: string | undefined;
	progress = '';
	error: Explanation | undefined;
	/** Fires when the run is cancelled. */
	readonly signal: AbortSignal;
	readonly #cancel = new AbortController();
	readonly #listener: LiveRunListener;
	readonly #batches = new EventBatches((events) => this.#listener.onEvents(this, events));
	readonly #settle = Promise.withResolvers<RunResult>();
	#engineRun: EngineRun | undefined;
	#uriOf: (path: string) => Uri | undefined = () => undefined;

	/** @param signal cancels the run, as `cancel()` does */
	constructor(id: string, request: StartRequest, rerun: () => Run, listener: LiveRunListener, signal: AbortSignal) {
		this.id = id;
		this.question = request.question;
		this.contextLabel = request.source.label;
		this.origin = request.source.origin;
		this.rerun = rerun;
		this.#listener = listener;
		this.signal = AbortSignal.any([signal, this.#cancel.signal]);
		this.result = this.#settle.promise;
		this.result.catch(() => {}); // a failure to begin is also in `error`, so nobody needs to await the result
	}

	cancel(): void {
		this.#cancel.abort();
	}

	answerNow(): void {
		this.#engineRun?.answerNow();
	}

	async uriOf(path: string): Promise<Uri | undefined> {
		return this.#uriOf(path);
	}

	report(progress: string): void {
		this.progress = progress;
		this.#listener.onChange(this);
	}

	/** Notes that the context is read and the engine has begun. */
	begin(engineRun: EngineRun, uriOf: (path: string) => Uri | undefined): void {
		this.#engineRun = engineRun;
		this.#uriOf = uriOf;
		this.journal = engineRun.journal;
		this.state = 'running';
		this.report('');
	}

	take(event: RunEvent): void {
		const light = lighten(event);
		foldEvent(this.tree, light);
		this.log.append(light);
		this.#batches.add(event);
	}

	/** Ends it after the last event. */
	end(result: RunResult): void {
		this.error = result.error;
		this.#close(result.outcome);
		this.#settle.resolve(result);
	}

	/** Ends a run that could not begin, or whose engine broke. @param error what `result` rejects with */
	fail(state: 'cancelled' | 'failed', explanation: Explanation | undefined, error: unknown): void {
		this.error = explanation;
		this.#close(state);
		this.#settle.reject(error);
	}

	#close(state: RunState): void {
		if (!isUnderWay(this.state)) return;
		this.#batches.flush();
		this.state = state;
		this.progress = '';
		this.endedAt = Date.now();
		this.#engineRun = undefined;
	}
}
