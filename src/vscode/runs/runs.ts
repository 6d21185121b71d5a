import { commands, EventEmitter, l10n } from 'vscode';
import { present } from '../../core/present.ts';
import type { Consent } from '../consent/consent.ts';
import type { EngineHost } from '../engineHost.ts';
import type { Log } from '../log.ts';
import { RUNNING_KEY } from '../names.ts';
import { LiveRun, type LiveRunListener } from './liveRun.ts';
import { RememberedRuns } from './rememberedRuns.ts';
import { isUnderWay, type Run, type RunBatch, type RunInfo, type StartRequest } from './run.ts';

/** Most finished runs whose trees stay in memory; others are read from their journals when shown. */
const MAX_FINISHED = 5;

/** The parts of the extension that runs need. */
export interface RunsHost {
	readonly engines: EngineHost;
	readonly log: Log;
	readonly consent: Consent;
	/** File that keeps the list of this workspace's runs. */
	readonly file: string;
}

/**
 * All runs of this window, and the only place where the editor starts one. Reads no file and loads nothing before
 * its first use.
 */
export class Runs {
	readonly #host: RunsHost;
	readonly #remembered: RememberedRuns;
	/** Runs under way or shown lately, least recently used first. */
	readonly #inMemory = new Map<string, Run>();
	readonly #onDidStart = new EventEmitter<Run>();
	readonly #onDidChange = new EventEmitter<Run>();
	readonly #onEvents = new EventEmitter<RunBatch>();
	readonly #onDidEnd = new EventEmitter<Run>();
	readonly #onDidForget = new EventEmitter<string>();
	readonly #listener: LiveRunListener = {
		onChange: (run) => this.#onDidChange.fire(run),
		onEvents: (run, events) => this.#onEvents.fire({ run, events }),
	};
	#isDisposed = false;

	constructor(host: RunsHost) {
		this.#host = host;
		this.#remembered = new RememberedRuns(host.file);
	}

	/** Fires for a new run, whose context may still have to be read. */
	readonly onDidStart = this.#onDidStart.event;
	/** Fires when the state or the progress of a run has changed. */
	readonly onDidChange = this.#onDidChange.event;
	/** Fires with events of a run, at most every 40 ms, and with all of them before the run ends. */
	readonly onEvents = this.#onEvents.event;
	readonly onDidEnd = this.#onDidEnd.event;
	/** Fires with the id of a deleted run. */
	readonly onDidForget = this.#onDidForget.event;

	/**
	 * Starts a run. Never throws: errors are in the run.
	 * @param signal cancels it
	 */
	start(request: StartRequest, signal: AbortSignal): Run {
		const { repl: _, ...alone } = request;
		const again: NonNullable<Run['rerun']> = (changes) =>
			this.start({ ...alone, ...changes }, new AbortController().signal);
		const run = new LiveRun(createRunId(), request, again, this.#listener, signal);
		this.#inMemory.set(run.id, run);
		this.#onDidStart.fire(run);
		this.#updateContextKey();
		void this.#drive(run, request);
		return run;
	}

	/** Lists the known runs of this workspace, newest first. */
	list(): readonly RunInfo[] {
		const live = [...this.#inMemory.values()];
		const older = this.#remembered.list().filter(({ id }) => !this.#inMemory.has(id));
		return [...live, ...older].sort((one, other) => other.startedAt - one.startedAt);
	}

	/** Lists the runs under way, newest first. */
	underWay(): readonly Run[] {
		return [...this.#inMemory.values()].filter(({ state }) => isUnderWay(state)).reverse();
	}

	/** Finds a run whose tree is in memory. */
	get(id: string): Run | undefined {
		return this.#inMemory.get(id);
	}

	/** Gives a run with its tree, from its journal if need be. @throws InputError when it cannot be read */
	async load(id: string): Promise<Run | undefined> {
		const run = this.#inMemory.get(id);
		if (run) return run;
		const info = this.#remembered.list().find((other) => other.id === id);
		return info?.journal === undefined ? undefined : this.open(info.journal);
	}

	/** Reads the run of a journal. @throws InputError when the file is not a journal or cannot be read */
	async open(journal: string): Promise<Run> {
		const known = [...this.#inMemory.values()].find((run) => run.journal === journal);
		if (known) return known;
		const { openRun } = await import('./openRun.ts');
		const read = await openRun(journal);
		const info = this.#remembered.list().find(({ id }) => id === read.id);
		// Closing a window cancels its runs, but the list must not say that the user did.
		const state = info?.state === 'interrupted' ? info.state : read.state;
		const run = { ...read, state, ...present({ origin: info?.origin ? info.origin : undefined }) };
		this.#keep(run);
		return run;
	}

	/** Forgets a finished run. Keeps its journal. */
	forget(id: string): void {
		const run = this.#inMemory.get(id);
		if (run && !isUnderWay(run.state)) this.#inMemory.delete(id);
		this.#remembered.forget(id);
		this.#onDidForget.fire(id);
	}

	dispose(): void {
		this.#isDisposed = true;
		for (const run of this.underWay()) run.cancel();
		for (const emitter of [this.#onDidStart, this.#onDidChange, this.#onEvents, this.#onDidEnd, this.#onDidForget]) {
			emitter.dispose();
		}
	}

	async #drive(run: LiveRun, request: StartRequest): Promise<void> {
		const begun = this.onDidChange((changed) => {
			if (changed !== run || run.journal === undefined) return;
			begun.dispose();
			this.#remember(run);
		});
		const { drive } = await import('./drive.ts');
		await drive(run, request, this.#host);
		begun.dispose();
		if (this.#isDisposed) return;
		this.#remember(run);
		this.#keep(run);
		this.#updateContextKey();
		this.#onDidEnd.fire(run);
	}

	/** Adds a run to the list, if it has a journal to show it from again. */
	#remember(run: Run): void {
		if (run.journal === undefined) return;
		try {
			this.#remembered.save(run);
		} catch (error) {
			this.#host.log.error(l10n.t('The list of runs could not be saved'), error);
		}
	}

	/** Marks a finished run as just used, and drops the least recently used finished ones. */
	#keep(run: Run): void {
		this.#inMemory.delete(run.id);
		this.#inMemory.set(run.id, run);
		const finished = [...this.#inMemory.values()].filter(({ state }) => !isUnderWay(state));
		for (const { id } of finished.slice(0, -MAX_FINISHED)) this.#inMemory.delete(id);
	}

	#updateContextKey(): void {
		void commands.executeCommand('setContext', RUNNING_KEY, this.underWay().length > 0);
	}
}

function createRunId(): string {
	return crypto.randomUUID().slice(0, 8);
}
