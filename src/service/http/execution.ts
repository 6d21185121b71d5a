import type { RunEnd, RunEvent, Totals } from '../../core/events.ts';
import { present } from '../../core/present.ts';
import { type Report, reportOf } from '../../core/report.ts';
import { NO_TOTALS } from '../../core/totals.ts';
import { emptyTree, foldEvent, type RunTree, rootRun } from '../../core/tree.ts';
import type { EngineRun } from '../../engine.ts';

/** Where an execution stands; `interrupted` when its journal stops before the end. */
export type ExecutionStatus = 'running' | RunEnd['outcome'] | 'interrupted';

/** An execution as clients see it. */
export interface ExecutionView {
	readonly id: string;
	readonly status: ExecutionStatus;
	readonly query: string;
	readonly sessionId?: string;
	/** ISO 8601 */
	readonly startedAt: string;
	readonly endedAt?: string;
	/** Turns of the root model so far. */
	readonly iterations: number;
	/** Of the whole tree so far. */
	readonly totals: Totals;
	/** Number of the newest event. */
	readonly lastEvent: number;
	/** Present when it has ended. */
	readonly result?: Report;
}

/** What an execution is made of. */
export interface ExecutionStart {
	readonly id: string;
	readonly query: string;
	/** ms since the epoch */
	readonly startedAt: number;
	readonly sessionId?: string | undefined;
	/** Of one that was read from it. */
	readonly journal?: string;
	/** Absent for one that was read from its journal. */
	readonly run?: EngineRun;
}

/** A run and its events: a fold over the stream, and a recording that readers can follow from any point. */
export class Execution {
	readonly start: ExecutionStart;
	readonly events: RunEvent[] = [];
	readonly tree: RunTree = emptyTree();
	/** Size of the events as JSON, characters. */
	size = 0;
	end: RunEnd | undefined;
	#isOver = false;
	#iterations = 0;
	readonly #readers = new Set<() => void>();
	readonly #ended = Promise.withResolvers<void>();

	constructor(start: ExecutionStart) {
		this.start = start;
	}

	get id(): string {
		return this.start.id;
	}

	/** Path of its journal; undefined when there is none. */
	get journal(): string | undefined {
		return this.start.run ? this.start.run.journal : this.start.journal;
	}

	/** No event will come any more. */
	get isOver(): boolean {
		return this.#isOver;
	}

	/** Resolves when no event will come any more. */
	get ended(): Promise<void> {
		return this.#ended.promise;
	}

	add(event: RunEvent): void {
		this.events.push(event);
		this.size += JSON.stringify(event).length;
		foldEvent(this.tree, event);
		const isOfRoot = event.runId === this.id;
		if (event.type === 'iteration-start' && isOfRoot && !event.isSalvage) this.#iterations++;
		if (event.type === 'run-end' && isOfRoot) this.end = event;
		this.#wakeReaders();
	}

	finish(): void {
		this.#isOver = true;
		this.#ended.resolve();
		this.#wakeReaders();
	}

	/**
	 * The events after one, and then those that come, until the execution is over or the signal fires. A slow reader
	 * keeps its place in the recording, so it costs no memory of its own.
	 */
	async *follow(after: number, signal: AbortSignal): AsyncGenerator<RunEvent> {
		for (let next = after + 1; !signal.aborted; next++) {
			while (next >= this.events.length && !this.#isOver && !signal.aborted) await this.#change(signal);
			const event = this.events[next];
			if (event === undefined || signal.aborted) return;
			yield event;
		}
	}

	view(): ExecutionView {
		const { id, query, startedAt, sessionId } = this.start;
		const { end, journal } = this;
		return present({
			id,
			status: this.#status(),
			query,
			sessionId,
			startedAt: new Date(this.events[0]?.at ?? startedAt).toISOString(),
			endedAt: end === undefined ? undefined : new Date(end.at).toISOString(),
			iterations: end?.iterations ?? this.#iterations,
			totals: end?.totals ?? rootRun(this.tree)?.subtree ?? NO_TOTALS,
			lastEvent: this.events.length - 1,
			result: end === undefined ? undefined : reportOf(end, journal),
		});
	}

	#status(): ExecutionStatus {
		if (this.end) return this.end.outcome;
		return this.#isOver ? 'interrupted' : 'running';
	}

	async #change(signal: AbortSignal): Promise<void> {
		const { promise, resolve } = Promise.withResolvers<void>();
		const wake = () => resolve();
		this.#readers.add(wake);
		signal.addEventListener('abort', wake);
		try {
			await promise;
		} finally {
			this.#readers.delete(wake);
			signal.removeEventListener('abort', wake);
		}
	}

	#wakeReaders(): void {
		for (const wake of this.#readers) wake();
	}
}
