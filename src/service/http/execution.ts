import { onAbort } from '../../core/abort.ts';
import type { RunEnd, RunEvent, Totals } from '../../core/events.ts';
import type { Way } from '../../core/modes.ts';
import { present } from '../../core/present.ts';
import { type Report, reportOf } from '../../core/report.ts';
import { NO_TOTALS } from '../../core/totals.ts';
import { emptyTree, foldEvent, type RunTree, rootRun } from '../../core/tree.ts';
import type { EngineRun } from '../../engine.ts';
import { Recording } from './recording.ts';

/** State of an execution; `interrupted` when its journal stops before the end. */
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
	/** The mode that it is in; absent before its first. */
	readonly mode?: Way;
	/** The plan that it follows. */
	readonly plan?: string;
	/** Iterations of the root run so far. */
	readonly iterations: number;
	/** Usage of the whole tree so far. */
	readonly totals: Totals;
	/** Number of the newest event. */
	readonly lastEvent: number;
	/** Present once it has ended. */
	readonly result?: Report;
}

/** The parts of an execution. */
export interface ExecutionStart {
	readonly id: string;
	readonly query: string;
	/** ms since the epoch */
	readonly startedAt: number;
	readonly sessionId?: string | undefined;
	/** Last part of an execution that was read from its journal. */
	readonly journal?: string;
	/** Undefined for an execution that was read from its journal. */
	readonly run?: EngineRun;
}

/** A run and its events: a fold over the stream, and a recording that readers can follow from any point. */
export class Execution {
	readonly start: ExecutionStart;
	readonly recording = new Recording();
	readonly tree: RunTree = emptyTree();
	end: RunEnd | undefined;
	#isOver = false;
	#iterations = 0;
	/** Time of its first event. ms since the epoch */
	#begunAt: number | undefined;
	readonly #readers = new Set<() => void>();
	readonly #ended = Promise.withResolvers<void>();

	constructor(start: ExecutionStart) {
		this.start = start;
	}

	get id(): string {
		return this.start.id;
	}

	/** Start time and id: its place in a list. */
	get place(): { readonly startedAt: number; readonly id: string } {
		return { startedAt: this.#begunAt ?? this.start.startedAt, id: this.id };
	}

	/** Path of its journal; undefined when it has none. */
	get journal(): string | undefined {
		return this.start.run ? this.start.run.journal : this.start.journal;
	}

	/** True when no more events will come. */
	get isOver(): boolean {
		return this.#isOver;
	}

	/** Resolves when no more events will come. */
	get ended(): Promise<void> {
		return this.#ended.promise;
	}

	add(event: RunEvent): void {
		this.recording.add(event);
		this.#begunAt ??= event.at;
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
	 * Yields the messages after a given event, then new ones, until the execution is over or the signal fires. A slow reader
	 * keeps its place in the recording, so it costs no memory of its own.
	 */
	async *follow(after: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
		for (let next = after + 1; !signal.aborted; ) {
			while (next >= this.recording.count && !this.#isOver && !signal.aborted) await this.#change(signal);
			const messages = this.recording.from(next);
			if (messages === undefined || signal.aborted) return;
			yield messages.bytes;
			next = messages.next;
		}
	}

	/** Returns the execution without its result, for lists: answers can be long. */
	summary(): Omit<ExecutionView, 'result'> {
		const { result: _, ...summary } = this.view();
		return summary;
	}

	view(): ExecutionView {
		const { query, sessionId } = this.start;
		const { startedAt, id } = this.place;
		const { end, journal } = this;
		const run = rootRun(this.tree);
		return present({
			id,
			status: this.#status(),
			query,
			sessionId,
			startedAt: new Date(startedAt).toISOString(),
			endedAt: end === undefined ? undefined : new Date(end.at).toISOString(),
			mode: run?.mode?.mode,
			plan: run?.plan?.plan,
			iterations: end?.iterations ?? this.#iterations,
			totals: end?.totals ?? run?.subtree ?? NO_TOTALS,
			lastEvent: this.recording.count - 1,
			result: end === undefined ? undefined : reportOf(end, run, journal),
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
		const stopListening = onAbort(signal, wake);
		try {
			await promise;
		} finally {
			this.#readers.delete(wake);
			stopListening();
		}
	}

	#wakeReaders(): void {
		for (const wake of this.#readers) wake();
	}
}
