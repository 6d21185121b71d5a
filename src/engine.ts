import { randomUUID } from 'node:crypto';
import { createCorpusReader, textContext } from './context/corpus.ts';
import {
	Conversation,
	type ConversationOptions,
	type ConversationRequest,
	type Exchange,
} from './core/conversation.ts';
import type { Limits, RunEvent } from './core/events.ts';
import { DEFAULT_LIMITS } from './core/limits.ts';
import { AsyncQueue } from './core/queue.ts';
import { type RunHandle, type RunRequest, run } from './core/run.ts';
import type { SandboxFactory } from './core/sandbox.ts';
import { createJournal } from './journal/journal.ts';
import { createPool, type Pool, type PoolOptions } from './pool/pool.ts';
import type { Isolation, Settings } from './pool/settings.ts';
import { createProcessSandboxes } from './sandbox/process/processSandboxes.ts';
import { createRemoteSandboxes, type RemoteSandboxOptions } from './sandbox/remote/remoteSandboxes.ts';
import { createWorkerSandboxes } from './sandbox/workerSandbox.ts';

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
	/** Where journals are written; none are when absent. */
	readonly journalFolder?: string;
	/** One line for the host's log. Never holds a key or a prompt. */
	readonly log?: (message: string) => void;
	/** For providers that only the host has, such as the editor's own models. */
	readonly createProvider?: PoolOptions['createProvider'];
}

/** A question to the engine. Limits and models that are absent come from the settings. */
export type EngineRequest = Omit<RunRequest, 'limits'> & { readonly limits?: Partial<Limits> };

/** A run under way, and where it is journaled. */
export interface EngineRun extends RunHandle {
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
	/** Ends everything that is running. */
	dispose(): Promise<void>;
}

/** An interpreter that waits for the next question holds its memory; after this time that is too much. ms */
const IDLE_REPL_MS = 15 * 60_000;

/** Puts the rooms together. Nothing heavy happens before the first run. */
export function createEngine(options: EngineOptions): Engine {
	const { settings, apiKey, log = () => {} } = options;
	const pool = createPool({
		servers: settings.servers,
		...(settings.rootModel === undefined ? {} : { rootModel: settings.rootModel }),
		...(settings.subModel === undefined ? {} : { subModel: settings.subModel }),
		apiKey,
		...(options.createProvider === undefined ? {} : { createProvider: options.createProvider }),
	});
	const sandboxes = createSandboxes(options, log);
	const disposed = new AbortController();
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
	const recorded = (handle: RunHandle): EngineRun =>
		options.journalFolder === undefined
			? { ...handle, journal: undefined }
			: journaled(handle, options.journalFolder, log);
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
		async dispose() {
			disposed.abort();
			await Promise.all([...conversations].map((conversation) => conversation.dispose()));
			await sandboxes.dispose();
			await pool.dispose();
		},
	};
}

function createSandboxes(options: EngineOptions, log: (message: string) => void): SandboxFactory {
	const { vaultFolder, workerScript, processScript, settings } = options;
	switch (settings.sandbox?.isolation ?? options.isolation ?? 'worker') {
		case 'process':
			return createProcessSandboxes({ vaultFolder, processScript, log });
		case 'remote':
			return createRemoteSandboxes(remoteOptions(settings, log));
		case 'worker':
			return createWorkerSandboxes({ vaultFolder, workerScript, log });
	}
}

/** The server that the settings name; its token is read from the environment when it is needed. */
function remoteOptions({ sandbox }: Settings, log: (message: string) => void): RemoteSandboxOptions {
	const { url = '', tokenEnv } = sandbox ?? {};
	if (tokenEnv === undefined) return { url, log };
	return { url, log, token: () => process.env[tokenEnv]?.trim() || undefined, tokenName: tokenEnv };
}

function withSettings(request: EngineRequest, settings: Settings): RunRequest {
	const { profile, context } = settings;
	return {
		...(profile === undefined ? {} : { profile }),
		...(context?.directBelowTokens === undefined ? {} : { directBelowTokens: context.directBelowTokens }),
		...request,
		limits: { ...DEFAULT_LIMITS, ...settings.limits, ...request.limits },
	};
}

/** Writes every event to the journal on its way to the reader; the result comes after the journal is complete. */
function journaled(handle: RunHandle, folder: string, log: (message: string) => void): EngineRun {
	const journal = createJournal(folder, handle.runId);
	const events = new AsyncQueue<RunEvent>();
	const written = (async () => {
		for await (const event of handle.events) {
			journal.append(event);
			events.push(event);
		}
		await journal.close();
		if (journal.failure) log(`The journal of run ${handle.runId} is incomplete: ${journal.failure.message}`);
		events.end();
	})();
	return {
		...handle,
		events,
		result: handle.result.then(async (result) => {
			await written;
			return result;
		}),
		journal: journal.path,
	};
}
