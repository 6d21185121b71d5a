import { randomUUID } from 'node:crypto';
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
import { type RunHandle, type RunRequest, run } from './core/run.ts';
import { createJournal } from './journal/journal.ts';
import { createPool, type Pool, type PoolOptions } from './pool/pool.ts';
import type { Ledger } from './pool/usage/ledger.ts';
import { type IsolationReport, measureIsolation } from './sandbox/host/isolationReport.ts';
import { createWorkerSandboxes } from './sandbox/host/workerSandbox.ts';
import { createProcessSandboxes } from './sandbox/process/processSandboxes.ts';
import { createRemoteSandboxes, type RemoteSandboxOptions } from './sandbox/remote/remoteSandboxes.ts';
import type { Isolation } from './settings/choices.ts';
import type { Settings } from './settings/settings.ts';

/** What a host gives the engine. */
export interface EngineOptions {
	/** Validated settings; at least one server. */
	readonly settings: Settings;
	/** The key of a server, asked for when it is first needed; undefined when there is none. */
	readonly apiKey: (serverId: string) => Promise<string | undefined>;
	/** Folder with the interpreter's files. */
	readonly vaultFolder: string;
	/** Script of the sandbox's worker thread. */
	readonly workerScript: URL | string;
	/** Bundle of the sandbox's process. */
	readonly processScript: string;
	/** Where model-written code runs when the settings do not say; `worker` when absent. */
	readonly isolation?: Isolation;
	/** The token of the sandbox server where the settings name no variable that holds it; undefined when there is none. */
	readonly sandboxToken?: () => Promise<string | undefined>;
	/** Where journals are written; none are when absent. */
	readonly journalFolder?: string;
	/** Where the usage of each day is counted; it is not when absent. */
	readonly ledger?: Ledger;
	/** One line for the host's log. Never holds a key or a prompt. */
	readonly log?: (message: string) => void;
	/** For providers that only the host has, such as the editor's own models. */
	readonly createProvider?: PoolOptions['createProvider'];
}

/** What decides where model-written code runs. */
export type SandboxChoice = Pick<
	EngineOptions,
	'settings' | 'isolation' | 'vaultFolder' | 'workerScript' | 'processScript' | 'sandboxToken'
>;

/** A question to the engine. Limits and models that are absent come from the settings. */
export type EngineRequest = Omit<RunRequest, 'limits'> & { readonly limits?: Partial<Limits> };

/** A run under way, and where it is journaled. */
export interface EngineRun extends RunHandle {
	/** Undefined when none is written, or could not be. */
	readonly journal: string | undefined;
}

/** A question of a conversation. Limits and models that are absent come from the settings. */
export type EngineQuestion = Omit<ConversationRequest, 'limits'> & { readonly limits?: Partial<Limits> };

/** Questions one after the other, in one REPL. */
export interface EngineConversation {
	/** What was said so far, oldest first. */
	readonly exchanges: readonly Exchange[];
	/** The `memory` dict as JSON text. */
	readonly memory: string;
	/** The REPL of the last question is still there and holds variables. */
	readonly hasVariables: boolean;
	/** Takes back the last question and its answer, so that it can be asked again. Variables stay as they are. */
	takeBack(): void;
	/** @throws InputError while an earlier question is being answered */
	ask(question: EngineQuestion, signal: AbortSignal): EngineRun;
	/** Ends the REPL. Idempotent. */
	dispose(): Promise<void>;
}

/** The engine as every way in uses it. One for each window or process; owns the pool and the sandboxes. */
export interface Engine {
	readonly pool: Pool;
	/** Starts a run. */
	start(request: EngineRequest, signal: AbortSignal): EngineRun;
	/** Opens a conversation; nothing is started before its first question. The engine ends it at the latest. */
	converse(options?: Partial<Omit<ConversationOptions, 'deps'>>): EngineConversation;
	/** Loads the interpreter in the background, so that the first cell need not wait for it. */
	warmUp(): void;
	/**
	 * How far model-written code is kept away from this machine: measured by a sandbox that is started for it, the first
	 * time. @throws CancelledError
	 */
	isolation(signal: AbortSignal): Promise<IsolationReport>;
	/** Ends everything that is running. */
	dispose(): Promise<void>;
}

/** An interpreter that waits for the next question holds its memory; after this time that is too much. ms */
const IDLE_REPL_MS = 15 * 60_000;

/** Puts the rooms together. Nothing heavy happens before the first run. */
export function createEngine(options: EngineOptions): Engine {
	const { settings, apiKey, log = () => {} } = options;
	const pool = createPool(
		present({
			servers: settings.servers,
			rootModel: settings.rootModel,
			subModel: settings.subModel,
			strategy: settings.strategy,
			cloudUse: settings.cloudUse,
			hedging: settings.hedging,
			prices: settings.prices,
			health: settings.health,
			apiKey,
			createProvider: options.createProvider,
		}),
	);
	const sandboxes = createSandboxes(options, log);
	const disposed = new AbortController();
	let measured: IsolationReport | undefined;
	const deps = {
		models: pool,
		sandboxes,
		readCorpus: createCorpusReader,
		textContext: (label: string, text: string) => textContext({ label, path: 'context', text }),
		now: Date.now,
		createId: () => randomUUID().slice(0, 8),
	};
	const conversations = new Set<Conversation>();
	const untilDisposed = (signal: AbortSignal) => AbortSignal.any([signal, disposed.signal]);
	const recorded = (handle: RunHandle): EngineRun => {
		const counted = options.ledger === undefined ? handle : tapped(handle, options.ledger.record());
		return options.journalFolder === undefined
			? { ...counted, journal: undefined }
			: journaled(counted, options.journalFolder, log);
	};
	return {
		pool,
		start: (request, signal) => recorded(run(withSettings(request, settings), deps, untilDisposed(signal))),
		converse(start = {}) {
			const conversation = new Conversation({ deps, idleMs: IDLE_REPL_MS, ...start });
			conversations.add(conversation);
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
				ask: (question, signal) => recorded(conversation.ask(withSettings(question, settings), untilDisposed(signal))),
				dispose() {
					conversations.delete(conversation);
					return conversation.dispose();
				},
			};
		},
		warmUp: () => sandboxes.prepare(),
		async isolation(signal) {
			if (!measured || measured.problem !== undefined) {
				const either = AbortSignal.any([signal, disposed.signal]);
				measured = await measureIsolation(deploymentOf(options), sandboxes, either);
			}
			return measured;
		},
		async dispose() {
			disposed.abort();
			await Promise.all([...conversations].map((conversation) => conversation.dispose()));
			await sandboxes.dispose();
			await pool.dispose();
		},
	};
}

/** How far model-written code would be kept away from this machine, without an engine. @throws CancelledError */
export async function isolationOf(choice: SandboxChoice, signal: AbortSignal): Promise<IsolationReport> {
	const sandboxes = createSandboxes(choice, () => {});
	try {
		return await measureIsolation(deploymentOf(choice), sandboxes, signal);
	} finally {
		await sandboxes.dispose();
	}
}

function deploymentOf({ settings, isolation }: SandboxChoice): Isolation {
	return settings.sandbox?.isolation ?? isolation ?? 'worker';
}

function createSandboxes(options: SandboxChoice, log: (message: string) => void): SandboxFactory {
	const { vaultFolder, workerScript, processScript } = options;
	switch (deploymentOf(options)) {
		case 'process':
			return createProcessSandboxes({ vaultFolder, processScript, log });
		case 'remote':
			return createRemoteSandboxes(remoteOptions(options, log));
		case 'worker':
			return createWorkerSandboxes({ vaultFolder, workerScript, log });
	}
}

/** The server that the settings name. Its token is looked up when it is needed: in the environment, or by the host. */
function remoteOptions(options: SandboxChoice, log: (message: string) => void): RemoteSandboxOptions {
	const { url = '', tokenEnv } = options.settings.sandbox ?? {};
	if (tokenEnv === undefined) return present({ url, log, token: options.sandboxToken });
	return { url, log, token: () => process.env[tokenEnv]?.trim() || undefined, tokenName: tokenEnv };
}

function withSettings(request: EngineRequest, settings: Settings): RunRequest {
	const { profile, memo, context } = settings;
	return present({
		profile,
		memo,
		directBelowTokens: context?.directBelowTokens,
		...request,
		limits: { ...DEFAULT_LIMITS, ...settings.limits, ...request.limits },
	});
}

/** Writes a run to the journal. */
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

/** Where the events of a run go beside its reader. */
interface EventSink {
	add(event: RunEvent): void;
	/** Waits while the sink is far behind. */
	room?(): Promise<void>;
	close(): Promise<void>;
}

/** Passes every event to a sink on its way to the reader; the result comes after the sink is closed. */
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
