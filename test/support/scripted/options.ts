import type { IncomingMessage } from 'node:http';
import type { ScriptedReply, ScriptedRequest, Wire } from './types.ts';

export type Script = ((request: ScriptedRequest) => ScriptedReply | Promise<ScriptedReply>) | readonly ScriptedReply[];

export interface ScriptedServerOptions {
	readonly kind: Wire;
	readonly script: Script;
	/** `scripted-model` when absent. */
	readonly models?: readonly ScriptedModel[];
	/** Refuses every request without this key. */
	readonly apiKey?: string;
	/** 0 or absent: any free port. */
	readonly port?: number;
	/** OpenAI protocol only: answers `/props` as llama.cpp does. True when absent. */
	readonly isLlamaCpp?: boolean;
	/** Places that `/props` tells of, as llama.cpp's `--parallel`; 4 when absent. The pool never uses more. */
	readonly slots?: number;
	/** Plays the script for any model name, as llama.cpp does with a single model. */
	readonly answersAnyModel?: boolean;
	/** Speaks TLS with this certificate. */
	readonly tls?: { readonly key: Buffer; readonly cert: Buffer };
	/** How long an idle connection is kept, ms; `isTold` says whether the client learns it. Node's 5 s when absent. */
	readonly keepAlive?: { readonly idleMs: number; readonly isTold: boolean };
	/** Answers to requests beside chat, in place of the usual page; undefined leaves the page. */
	readonly lookup?: (path: string) => ScriptedReply | undefined;
	/** Asked first for every page beside chat; undefined leaves it to the protocol's own pages. See `serverPages.ts`. */
	readonly pages?: ScriptedPages;
}

export interface ScriptedModel {
	readonly name: string;
	/** Window as the protocol's own pages report it; 32768 when absent. */
	readonly contextTokens?: number;
	/** Ollama only: not in memory, so that `/api/ps` does not list it. */
	readonly isUnloaded?: boolean;
	/** Ollama only: what `/api/show` lists; `completion` when absent. */
	readonly capabilities?: readonly string[];
	/** Ollama only: the template of its chat; none is told when absent. */
	readonly template?: string;
}

/** One page of a server: a text or a JSON document, or a request that is never answered, or a broken connection. */
export type ScriptedPage =
	| { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body: string | object }
	| 'hang'
	| 'reset';

/** The pages of a server by path; a change in what it returns is a change of the server. */
export type ScriptedPages = (path: string, request: IncomingMessage) => ScriptedPage | undefined;

/** What a test sees of a server. */
export interface ScriptedServer {
	readonly url: string;
	readonly kind: Wire;
	/** Chat requests in the order of their arrival. */
	readonly requests: readonly ScriptedRequest[];
	/** Paths of all other requests, in order. */
	readonly lookups: readonly string[];
	/** Chat requests whose client closed the connection before the end of the reply. */
	readonly closedEarly: number;
	/** Connections that are open now. */
	readonly openConnections: number;
	/** Time spent in the server itself, waits of the script excluded, ms: benches subtract it. */
	readonly handlingMs: number;
	/** Resolves at the n-th chat request (1 is the first), at once when it was seen already. */
	requested(count: number): Promise<void>;
	/** Resolves when the n-th client has closed its connection early. */
	clientClosed(count: number): Promise<void>;
	/** Resolves when the connection of a chat request is closed. */
	connectionClosed(request: ScriptedRequest): Promise<void>;
	/** Resolves when no connection is open. */
	allClosed(): Promise<void>;
	/** A server entry for the settings. */
	settings<E extends object>(id: string, extra?: E): { id: string; kind: Wire; url: string } & E;
	/** Closes the server and all its connections. Idempotent. */
	stop(): Promise<void>;
}
