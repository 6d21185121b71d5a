import type { Usage } from './ports/model.ts';

/**
 * Category of a failed model call, independent of the server's wire protocol.
 *
 * `connect` no connection; `tls` the certificate, or a server that does not speak TLS; `timeout` no
 * byte in time; `server` 5xx; `overloaded` busy or loading; `rate-limit` wait and try again; `quota` money or plan used
 * up; `auth` key missing or refused; `model-not-found`; `context-overflow` the prompt is larger than the served window;
 * `truncated` the server silently cut the prompt; `bad-request` any other 4xx; `stream-cut` the reply ended without its
 * end marker; `empty` a success without a reply; `refused` the model or a filter declined; `invalid` the reply has not
 * the form that was asked for; `budget` a limit of the run left no room for the call; `input` the prompt itself is
 * unusable; `child` a child run failed; `cancelled` the calling code has ended.
 */
export type FailureCategory =
	| 'connect'
	| 'tls'
	| 'timeout'
	| 'server'
	| 'overloaded'
	| 'rate-limit'
	| 'quota'
	| 'auth'
	| 'model-not-found'
	| 'context-overflow'
	| 'truncated'
	| 'bad-request'
	| 'stream-cut'
	| 'empty'
	| 'refused'
	| 'invalid'
	| 'budget'
	| 'input'
	| 'child'
	| 'cancelled';

/** An action that the user can take. The editor shows it as a button, the command line as the text of the hint. */
export type ErrorAction = (typeof ERROR_ACTIONS)[number];

export const ERROR_ACTIONS = [
	'edit-settings',
	'add-server',
	'set-key',
	'set-sandbox-token',
	'show-log',
	'retry',
	// Nobody is there: the built-in engine could answer instead, if its user wants that.
	'use-builtin',
] as const;

/** An error as shown to a person: what went wrong and where, what to do about it, and the actions on offer. */
export interface Explanation {
	readonly message: string;
	readonly hint?: string;
	readonly actions: readonly ErrorAction[];
}

/** Base of every error that the engine raises on purpose. Anything else that surfaces is a defect. */
export abstract class RlmError extends Error {
	/** Stable identifier. Code matches on this or on the class, never on the message. */
	abstract readonly code: string;

	constructor(message: string, options?: { cause?: unknown }) {
		super(message, options);
		this.name = new.target.name;
	}
}

/** The user's input is unusable: a path that does not exist, an empty context, an unknown option value. */
export class InputError extends RlmError {
	readonly code = 'input';
	readonly hint: string | undefined;

	/** @param hint what to do about it, one sentence */
	constructor(message: string, hint?: string, options?: { cause?: unknown }) {
		super(message, options);
		this.hint = hint;
	}
}

/** Settings or a configuration file are wrong. The message names the place and the field. */
export class ConfigError extends RlmError {
	readonly code = 'config';
	/** For example `rlm.config.json:12` or `setting rlm.servers`. */
	readonly where: string;
	/** Path of the field, for example `servers[0].url`; empty when the whole file is unreadable. */
	readonly field: string;
	readonly hint: string | undefined;

	constructor(where: string, field: string, problem: string, hint?: string) {
		super(field ? `${where}: ${field}: ${problem}` : `${where}: ${problem}`);
		this.where = where;
		this.field = field;
		this.hint = hint;
	}
}

/** Facts about a failed model call, as far as they are known. */
export interface ModelErrorFacts {
	readonly category: FailureCategory;
	/** Id of the server in the settings. */
	readonly server?: string;
	readonly url?: string;
	readonly model?: string;
	/** HTTP status. */
	readonly status?: number;
	/** The request was refused before any model saw it, or never arrived, although there is no status that says so. */
	readonly wasTurnedAway?: boolean;
	/** Delay that the server asked for, ms. */
	readonly retryAfterMs?: number;
	/** For `context-overflow` and `truncated`: tokens of the prompt and of the served window. */
	readonly promptTokens?: number;
	readonly contextTokens?: number;
	/** What the server counted although it gave no reply, as far as it reported. */
	readonly usage?: Usage;
	/** What to do about it, when the category does not say. */
	readonly hint?: string;
	/** The message without the leading server, address and model, for views that show those separately. */
	readonly detail?: string;
}

/** One attempt of a model call failed. */
export class ModelError extends RlmError {
	readonly code = 'model';
	readonly facts: ModelErrorFacts;

	constructor(message: string, facts: ModelErrorFacts, options?: { cause?: unknown }) {
		super(message, options);
		this.facts = facts;
	}

	get category(): FailureCategory {
		return this.facts.category;
	}
}

/** No configured server could serve the call: all of them failed, or none has the role. */
export class NoServerError extends RlmError {
	readonly code = 'no-server';
	/** The last failure of each server tried, in the order tried. */
	readonly failures: readonly ModelError[];
	readonly hint: string | undefined;

	constructor(message: string, failures: readonly ModelError[], hint?: string) {
		super(message);
		this.failures = failures;
		this.hint = hint;
	}
}

/** Why a sandbox ended. */
export type SandboxFailure = 'start' | 'violation' | 'crashed' | 'timeout' | 'memory' | 'disposed';

/** The sandbox could not start, or died and could not recover. */
export class SandboxError extends RlmError {
	readonly code = 'sandbox';
	readonly reason: SandboxFailure;
	/** What the user can do about it. */
	readonly actions: readonly ErrorAction[];

	constructor(
		reason: SandboxFailure,
		message: string,
		options?: { cause?: unknown; actions?: readonly ErrorAction[] | undefined },
	) {
		super(message, options);
		this.reason = reason;
		this.actions = options?.actions ?? ['show-log', 'retry'];
	}
}

/** Whether there was no sandbox to begin with. What needs no code may go on without one. */
export function isWithoutSandbox(error: unknown): error is SandboxError {
	return error instanceof SandboxError && error.reason === 'start';
}

/** Why work on outside data was given up. */
export type ComputeFailure = 'time' | 'memory' | 'busy' | 'failed';

/** Work on outside data failed, or was stopped because it exceeded its limit of time or memory. */
export class ComputeError extends RlmError {
	readonly code = 'compute';
	readonly reason: ComputeFailure;

	constructor(reason: ComputeFailure, message: string, options?: { cause?: unknown }) {
		super(message, options);
		this.reason = reason;
	}
}

/** The caller's AbortSignal fired. Not a failure, and never shown as one. */
export class CancelledError extends RlmError {
	readonly code = 'cancelled';

	constructor(message = 'cancelled') {
		super(message);
	}
}

/** @throws CancelledError when the signal has fired */
export function throwIfCancelled(signal: AbortSignal): void {
	if (signal.aborted) throw new CancelledError();
}

const HINTS: Partial<Record<FailureCategory, string>> = {
	connect:
		'Start the server, or correct its URL in the settings. The request was made from the machine that runs RLM. Without any server, the built-in engine can answer: it searches and counts, and is not a language model.',
	tls: 'Install the certificate of the server on this machine, or use an http:// URL on a trusted network.',
	timeout: 'The server may be loading the model or overloaded; try again, or raise its time limits.',
	auth: 'Set the key of this server, or correct it.',
	quota: 'Top up the account or choose another server.',
	'model-not-found': 'Choose a model that this server has, or pull it there.',
	'context-overflow': 'Use a model with a larger window, or raise the served context length of the server.',
	overloaded: 'Wait for the server to finish its work, or add another server.',
	'rate-limit': 'Wait, or add another server.',
};

const ACTIONS: Partial<Record<FailureCategory, readonly ErrorAction[]>> = {
	auth: ['set-key', 'edit-settings'],
	connect: ['retry', 'use-builtin', 'edit-settings', 'add-server', 'show-log'],
	'model-not-found': ['edit-settings'],
	'context-overflow': ['edit-settings'],
};

const WITHOUT_SANDBOX = 'The modes `auto`, `direct` and `guided` find answers without it where no code is needed.';

/** The message of whatever was thrown. */
export function reasonOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

/** The code of whatever was thrown: Node's (`ENOENT`) or one of the classes above; undefined when it has none. */
export function codeOf(error: unknown): string | undefined {
	return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The stack of whatever was thrown, for a log: it tells a person nothing. */
export function traceOf(error: unknown): string {
	return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Converts any error into something to show. Unknown errors keep their message; stack traces belong in the log. */
export function explain(error: unknown): Explanation {
	if (error instanceof ModelError) {
		return explanation(error.message, error.facts.hint ?? HINTS[error.category], ACTIONS[error.category] ?? ['retry']);
	}
	if (error instanceof NoServerError) {
		const last = error.failures.at(-1);
		return explanation(error.message, error.hint ?? (last && explain(last).hint), [
			...new Set<ErrorAction>([...(last ? explain(last).actions : []), 'edit-settings']),
		]);
	}
	if (error instanceof ConfigError) return explanation(error.message, error.hint, ['edit-settings']);
	if (error instanceof InputError) return explanation(error.message, error.hint, []);
	if (error instanceof SandboxError) {
		return explanation(error.message, isWithoutSandbox(error) ? WITHOUT_SANDBOX : undefined, error.actions);
	}
	return explanation(reasonOf(error), undefined, ['show-log']);
}

function explanation(message: string, hint: string | undefined, actions: readonly ErrorAction[]): Explanation {
	return hint === undefined ? { message, actions } : { message, hint, actions };
}
