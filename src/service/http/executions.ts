import { traceOf } from '../../core/errors.ts';
import type { RunEvent, RunOutcome, Totals } from '../../core/events.ts';
import { ModeFold, type ModeUsage, sumByMode } from '../../core/modeUsage.ts';
import { addTotals, NO_TOTALS } from '../../core/totals.ts';
import type { EngineRun } from '../../engine.ts';
import { History } from '../../journal/history.ts';
import type { Log } from '../../node/log.ts';
import type { RunObserver } from '../../telemetry/tracing.ts';
import { Execution } from './execution.ts';
import { type ExecutionPage, type PageRequest, pageOf } from './executionList.ts';
import { HttpError } from './httpErrors.ts';
import { readPastExecution } from './pastExecution.ts';

/** How much to keep in memory. */
export interface ExecutionLimits {
	/** Maximum concurrent executions; more are refused. */
	readonly running: number;
	/** Finished executions to keep. */
	readonly kept: number;
	/** Bytes of the messages of finished executions to keep. */
	readonly keptBytes: number;
	/** How long to keep a finished execution. ms */
	readonly keptMs: number;
}

export const DEFAULT_EXECUTION_LIMITS: ExecutionLimits = {
	running: 16,
	kept: 100,
	keptBytes: 256 << 20,
	keptMs: 60 * 60_000,
};

export interface ExecutionsOptions {
	readonly limits: ExecutionLimits;
	/** Finds the journals of earlier executions; absent when none are written. */
	readonly journalFolder: string | undefined;
	/** Watchers for each new run, such as metrics and traces. */
	readonly observers: (sessionId: string | undefined) => readonly RunObserver[];
	readonly log: Log;
}

/** Totals of everything that ran since the service started. */
export interface Stats {
	readonly outcomes: Readonly<Record<RunOutcome, number>>;
	readonly iterations: number;
	readonly totals: Totals;
	/** Time of all runs together. ms */
	readonly durationMs: number;
	/** The same by mode and plan. */
	readonly modes: readonly ModeUsage[];
}

/** The question of one run. */
export interface Begin {
	readonly query: string;
	readonly sessionId?: string;
	/** Starts the run; called at most once. */
	readonly run: (signal: AbortSignal) => EngineRun;
}

/** The executions of a service: running ones, the newest finished ones, and the journals of the rest. */
export class Executions {
	readonly #options: ExecutionsOptions;
	/** The journals of earlier executions; absent when none are written. */
	readonly #history: History | undefined;
	readonly #closing = new AbortController();
	/** In order of their start. */
	readonly #running = new Map<string, Execution>();
	/** In order of their end. */
	readonly #finished = new Map<string, Execution>();
	readonly #sweeper: NodeJS.Timeout;
	#stats: Stats = {
		outcomes: { answered: 0, partial: 0, cancelled: 0, failed: 0 },
		iterations: 0,
		totals: NO_TOTALS,
		durationMs: 0,
		modes: [],
	};

	constructor(options: ExecutionsOptions) {
		this.#options = options;
		this.#history = options.journalFolder === undefined ? undefined : new History(options.journalFolder);
		this.#sweeper = setInterval(() => this.#sweep(), Math.min(60_000, options.limits.keptMs)).unref();
	}

	get stats(): Stats {
		return this.#stats;
	}

	get isEnding(): boolean {
		return this.#closing.signal.aborted;
	}

	/** Returns one page of running, finished and earlier executions. */
	async page(request: PageRequest, signal: AbortSignal): Promise<ExecutionPage> {
		const past = (await this.#history?.list(signal)) ?? [];
		return pageOf([...this.#running.values(), ...this.#finished.values()], past, request);
	}

	get running(): readonly Execution[] {
		return [...this.#running.values()];
	}

	/** Checks that another run may start. @throws HttpError 429 when too many are running, 503 when the service is stopping */
	assertRoom(): void {
		if (this.isEnding) throw new HttpError(503, 'ending', 'the service is stopping');
		const { running } = this.#options.limits;
		if (this.#running.size < running) return;
		throw new HttpError(429, 'too-many-runs', `${running} runs are running, the maximum`, 'Try again later.');
	}

	/** Starts a run and records it. @throws HttpError like assertRoom */
	begin({ query, sessionId, run: startRun }: Begin): Execution {
		this.assertRoom();
		const run = startRun(this.#closing.signal);
		const { runId: id } = run;
		const execution = new Execution({ id, query, startedAt: Date.now(), sessionId, run });
		this.#running.set(id, execution);
		void this.#record(execution, run, this.#options.observers(sessionId));
		return execution;
	}

	/** @throws HttpError 404 when there is none, in memory or in a journal */
	async find(id: string): Promise<Execution> {
		const execution = this.#running.get(id) ?? this.#finished.get(id) ?? (await this.#past(id));
		if (execution) return execution;
		throw new HttpError(404, 'not-found', `there is no execution ${id}`, 'GET /executions lists those that are kept.');
	}

	/** Cancels everything and waits until it has ended. Idempotent. */
	async close(): Promise<void> {
		clearInterval(this.#sweeper);
		this.#closing.abort();
		await Promise.all(this.running.map(({ ended }) => ended));
	}

	async #past(id: string): Promise<Execution | undefined> {
		return this.#history && readPastExecution(this.#history, id);
	}

	async #record(execution: Execution, run: EngineRun, observers: readonly RunObserver[]): Promise<void> {
		const modes = new ModeFold();
		try {
			for await (const event of run.events) {
				execution.add(event);
				this.#count(event, modes);
				for (const observe of observers) observe(event);
			}
			await run.result; // from here on a conversation takes the next question
		} catch (error) {
			this.#options.log.error(`bug: the recording of ${execution.id}: ${traceOf(error)}`);
			run.cancel();
		} finally {
			this.#running.delete(execution.id);
			this.#finished.set(execution.id, execution);
			this.#sweep();
			execution.finish();
		}
	}

	#count(event: RunEvent, fold: ModeFold): void {
		const ended = fold.add(event);
		if (event.type !== 'run-end' || event.parentId !== undefined) return;
		const { outcomes, iterations, totals, durationMs, modes } = this.#stats;
		this.#stats = {
			outcomes: { ...outcomes, [event.outcome]: outcomes[event.outcome] + 1 },
			iterations: iterations + event.iterations,
			totals: addTotals(totals, event.totals),
			durationMs: durationMs + event.durationMs,
			modes: ended ? sumByMode([...modes, ended]) : modes,
		};
	}

	/** Removes the oldest finished executions beyond the limits. */
	#sweep(): void {
		const { kept, keptBytes, keptMs } = this.#options.limits;
		let size = [...this.#finished.values()].reduce((sum, execution) => sum + execution.recording.size, 0);
		for (const [id, execution] of this.#finished) {
			const isOld = Date.now() - (execution.end?.at ?? 0) > keptMs;
			if (!isOld && this.#finished.size <= kept && size <= keptBytes) return;
			this.#finished.delete(id);
			size -= execution.recording.size;
		}
	}
}
