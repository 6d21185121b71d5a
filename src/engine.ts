import { randomUUID } from 'node:crypto';
import { computeScript } from './assets.ts';
import { Compute } from './compute/compute.ts';
import { jsonReader } from './compute/jsonReader.ts';
import { passageFinder } from './compute/passageFinder.ts';
import { createCorpusReader, textContext } from './context/corpus.ts';
import {
	Conversation,
	type ConversationOptions,
	type ConversationRequest,
	type Exchange,
} from './core/conversation.ts';
import { EVENT_ROOM } from './core/emitter.ts';
import type { Limits, RunEvent } from './core/events.ts';
import { DEFAULT_LIMITS } from './core/limits.ts';
import type { SandboxFactory } from './core/ports/sandbox.ts';
import { present } from './core/present.ts';
import { AsyncQueue } from './core/queue.ts';
import type { RunDeps, RunRequest } from './core/request.ts';
import { type RunHandle, run } from './core/run.ts';
import { createJournal } from './journal/journal.ts';
import { answer } from './modes/modes.ts';
import { officialFormat } from './officialFormat.ts';
import { createPool, type Pool, type PoolOptions } from './pool/pool.ts';
import type { Ledger } from './pool/usage/ledger.ts';
import { type IsolationReport, measureIsolation } from './sandbox/host/isolationReport.ts';
import { createSandboxes, deploymentOf, type SandboxChoice } from './sandboxChoice.ts';
import type { Settings } from './settings/settings.ts';

/** What the engine needs from its host. */
export interface EngineOptions extends SandboxChoice {
	/** Validated settings; at least one server. */
	readonly settings: Settings;
	/** Looks up the key of a server on first use; undefined when there is none. */
	readonly apiKey: (serverId: string) => Promise<string | undefined>;
	/** Folder for journals; none are written when absent. */
	readonly journalFolder?: string;
	/** Folder where daily usage is counted; it is not counted when absent. */
	readonly ledger?: Ledger;
	/** Writes one line to the host's log. It never holds a key or a prompt. */
	readonly log?: (message: string) => void;
	/** Creates providers that only the host has, such as the editor's own models. */
	readonly createProvider?: PoolOptions['createProvider'];
}

/** A question to the engine. Absent limits and models come from the settings. */
export type EngineRequest = Omit<RunRequest, 'limits'> & { readonly limits?: Partial<Limits> };

/** A run in progress, and where it is journaled. */
export interface EngineRun extends RunHandle {
	/** Undefined when no journal is written, or writing failed. */
	readonly journal: string | undefined;
}

/** A question of a conversation. Absent limits and models come from the settings. */
export type EngineQuestion = Omit<ConversationRequest, 'limits'> & { readonly limits?: Partial<Limits> };

/** Asks questions in sequence in one REPL. */
export interface EngineConversation {
	/** Exchanges so far, oldest first. */
	readonly exchanges: readonly Exchange[];
	/** The `memory` dict as JSON text. */
	readonly memory: string;
	/** True while the REPL of the last question is alive and holds variables. */
	readonly hasVariables: boolean;
	/** Drops the last exchange so that its question can be asked again. Variables stay as they are. */
	takeBack(): void;
	/** @throws InputError while an earlier question is being answered */
	ask(question: EngineQuestion, signal: AbortSignal): EngineRun;
	/** Ends the REPL. Idempotent. */
	dispose(): Promise<void>;
}

/**
 * The engine as the editor, the command line and the service use it. One per window or process; owns the pool and the
 * sandboxes.
 */
export interface Engine {
	readonly pool: Pool;
	/** Starts a run. */
	start(request: EngineRequest, signal: AbortSignal): EngineRun;
	/** Counts and journals a run that something else than the loop makes with the pool. */
	follow(handle: RunHandle): EngineRun;
	/** Opens a conversation. Nothing starts before its first question. The engine ends it on disposal. */
	converse(options?: Partial<Omit<ConversationOptions, 'deps'>>): EngineConversation;
	/** Loads the interpreter in the background, so that the first cell does not wait for it. */
	warmUp(): void;
	/**
	 * Measures how well model-written code is isolated from this machine. The first call starts a sandbox for it.
	 * @throws CancelledError
	 */
	isolation(signal: AbortSignal): Promise<IsolationReport>;
	/** Ends everything in progress. */
	dispose(): Promise<void>;
}

/** Idle time of an interpreter between questions: it holds its memory. ms */
const IDLE_REPL_MS = 15 * 60_000;

/** Composes the rooms. Nothing expensive happens before the first run. */
export function createEngine(options: EngineOptions): Engine {
	return new ComposedEngine(options);
}

class ComposedEngine implements Engine {
	readonly pool: Pool;
	readonly #options: EngineOptions;
	readonly #log: (message: string) => void;
	readonly #sandboxes: SandboxFactory;
	readonly #compute = new Compute(computeScript);
	readonly #deps: RunDeps;
	readonly #conversations = new Set<Conversation>();
	readonly #disposed = new AbortController();
	#measured: IsolationReport | undefined;

	constructor(options: EngineOptions) {
		const { settings, apiKey, createProvider, log = () => {} } = options;
		this.#options = options;
		this.#log = log;
		this.pool = createPool(present({ ...settings, apiKey, createProvider }));
		this.#sandboxes = createSandboxes(options, log);
		this.#deps = {
			models: this.pool,
			sandboxes: this.#sandboxes,
			readCorpus: createCorpusReader,
			passages: passageFinder(this.#compute),
			officialFormat,
			answer,
			json: jsonReader(this.#compute),
			textContext: (label, text) => textContext({ label, path: 'context', text }),
			now: Date.now,
			createId: () => randomUUID().slice(0, 8),
		};
	}

	start(request: EngineRequest, signal: AbortSignal): EngineRun {
		return this.#recorded(run(this.#complete(request), this.#deps, this.#untilDisposed(signal)));
	}

	follow(handle: RunHandle): EngineRun {
		return this.#recorded(handle);
	}

	converse(start: Partial<Omit<ConversationOptions, 'deps'>> = {}): EngineConversation {
		const conversation = new Conversation({ deps: this.#deps, idleMs: IDLE_REPL_MS, ...start });
		this.#conversations.add(conversation);
		return {
			get exchanges() {
				return conversation.exchanges;
			},
			get memory() {
				return conversation.memory;
			},
			get hasVariables() {
				return conversation.hasVariables;
			},
			takeBack: () => conversation.takeBack(),
			ask: (question, signal) =>
				this.#recorded(conversation.ask(this.#complete(question), this.#untilDisposed(signal))),
			dispose: () => {
				this.#conversations.delete(conversation);
				return conversation.dispose();
			},
		};
	}

	warmUp(): void {
		this.#sandboxes.prepare();
	}

	async isolation(signal: AbortSignal): Promise<IsolationReport> {
		if (!this.#measured || this.#measured.problem !== undefined) {
			const deployment = deploymentOf(this.#options);
			this.#measured = await measureIsolation(deployment, this.#sandboxes, this.#untilDisposed(signal));
		}
		return this.#measured;
	}

	async dispose(): Promise<void> {
		this.#disposed.abort();
		await Promise.all([...this.#conversations].map((conversation) => conversation.dispose()));
		await this.#sandboxes.dispose();
		await this.#compute.dispose();
		await this.pool.dispose();
	}

	/** Fills in what the request leaves to the settings. */
	#complete(request: EngineRequest): RunRequest {
		return withSettings(request, this.#options.settings);
	}

	#untilDisposed(signal: AbortSignal): AbortSignal {
		return AbortSignal.any([signal, this.#disposed.signal]);
	}

	/** Counts the run in the ledger and writes it to the journal, if the host has them. */
	#recorded(handle: RunHandle): EngineRun {
		const { ledger, journalFolder } = this.#options;
		const counted = ledger === undefined ? handle : tapped(handle, ledger.record());
		if (journalFolder === undefined) return { ...counted, journal: undefined };
		return journaled(counted, journalFolder, this.#log);
	}
}

function withSettings(request: EngineRequest, settings: Settings): RunRequest {
	const { profile, mode, voters, memo, strictEvidence, context } = settings;
	return present({
		mode: mode ?? 'auto',
		voters,
		profile,
		memo,
		strict: strictEvidence,
		directBelowTokens: context?.directBelowTokens,
		...request,
		limits: { ...DEFAULT_LIMITS, ...settings.limits, ...request.limits },
	});
}

/** Writes a run to its journal. */
function journaled(handle: RunHandle, folder: string, log: (message: string) => void): EngineRun {
	const journal = createJournal(folder, handle.runId);
	const run = tapped(handle, {
		add: (event) => journal.append(event),
		room: () => journal.room(),
		async close() {
			await journal.close();
			if (journal.failure) log(`The journal of run ${handle.runId} is incomplete: ${journal.failure.message}`);
		},
	});
	return {
		...run,
		get journal() {
			return journal.failure === undefined ? journal.path : undefined;
		},
	};
}

/** A second receiver of a run's events, beside its reader. */
interface EventSink {
	add(event: RunEvent): void;
	/** Waits while the sink is far behind. */
	room?(): Promise<void>;
	close(): Promise<void>;
}

/** Passes every event to a sink on its way to the reader. The result follows once the sink is closed. */
function tapped(handle: RunHandle, sink: EventSink): RunHandle {
	const events = new AsyncQueue<RunEvent>(EVENT_ROOM);
	const { signal } = new AbortController();
	const written = (async () => {
		for await (const event of handle.events) {
			sink.add(event);
			events.push(event);
			if (events.isFull) await events.room(signal);
			await sink.room?.();
		}
		await sink.close();
		events.end();
	})();
	return {
		...handle,
		events,
		result: handle.result.then(async (result) => {
			await written;
			return result;
		}),
	};
}
