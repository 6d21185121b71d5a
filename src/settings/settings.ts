import * as v from 'valibot';
import { ConfigError } from '../core/errors.ts';
import type { Limits } from '../core/events.ts';
import type { ModelRole, Price } from '../core/ports/model.ts';
import { present } from '../core/present.ts';

/** Wire protocol of a server; `vscode` are the editor's own models, `builtin` the engine without a model. */
export type ServerKind = 'ollama' | 'openai' | 'anthropic' | 'vscode' | 'builtin';

/** How calls are spread over servers. */
export type Strategy = 'adaptive' | 'leastLoaded' | 'priority' | 'roundRobin';

/** How eagerly servers with a price are used: not at all, when the others are far behind, in between, or like any other. */
export type CloudUse = 'never' | 'overflow' | 'balanced' | 'fastest';

/** One model server, as `rlm.config.json` and the editor's settings describe it. */
export interface ServerSettings {
	/** Unique; names the server in messages, in `server/model`, and its stored key. */
	readonly id: string;
	readonly kind: ServerKind;
	/** Absent: the usual address of the kind. */
	readonly url?: string;
	/** Models to use, the preferred one first. Absent: all that the server lists. */
	readonly models?: readonly string[];
	/** Absent: both. */
	readonly roles?: readonly ModelRole[];
	/** 1 is preferred; 1 when absent. Equal numbers go by the order of the list. */
	readonly priority?: number;
	/** Calls at a time. */
	readonly maxConcurrent?: number;
	readonly gpuMemoryGb?: number;
	/** Tokens of the window; absent: what the server tells. */
	readonly contextLength?: number;
	/** USD for a million tokens. */
	readonly price?: Price;
	/** Environment variable that holds the key. */
	readonly apiKeyEnv?: string;
	/** Further headers: name to the environment variable that holds the value. */
	readonly headersEnv?: Readonly<Record<string, string>>;
	/** How long the server shall keep the model in memory after a call, in its own notation such as `30m`. */
	readonly keepAlive?: string;
	/** Address where the figures of its GPU are exported. */
	readonly metricsUrl?: string;
	/** Time limits, ms. */
	readonly timeouts?: { readonly connectMs?: number; readonly firstByteMs?: number; readonly idleMs?: number };
}

/** Where model-written code runs: in a worker thread of the host, or in a restricted process of its own. */
export type Isolation = 'worker' | 'process' | 'remote';

/** Validated settings. */
export interface Settings {
	readonly servers: readonly ServerSettings[];
	/** `model` or `server/model`; absent: the first model of the first server with the role. */
	readonly rootModel?: string;
	/** The same for sub-calls; absent: the root model where a server offers it for the role. */
	readonly subModel?: string;
	readonly strategy?: Strategy;
	/** Absent: `balanced`. */
	readonly cloudUse?: CloudUse;
	/** Whether a sub-call that takes far too long is tried at a second server as well; absent: no. */
	readonly hedging?: boolean;
	readonly limits?: Partial<Limits>;
	readonly context?: {
		/** Glob to true (left out) or false (an entry of a wider setting is taken back). */
		readonly exclude?: Readonly<Record<string, boolean>>;
		/** Contexts up to this size may be asked in one direct call. Tokens. */
		readonly directBelowTokens?: number;
	};
	/** USD for a million tokens by `model` or `server/model`, where `*` stands for any text. */
	readonly prices?: Readonly<Record<string, Price>>;
	readonly health?: {
		/** Between two checks of a server that is well. Seconds. */
		readonly intervalSeconds?: number;
	};
	/** Name of the prompt profile; absent: by the model's name. */
	readonly profile?: string;
	readonly sandbox?: {
		/** Where Python runs; absent: the host decides. */
		readonly isolation?: Isolation;
		/** Address of the sandbox server, for `remote`. */
		readonly url?: string;
		/** Environment variable that holds its token. */
		readonly tokenEnv?: string;
	};
	readonly telemetry?: {
		/** Address of an OpenTelemetry collector (OTLP over HTTP); spans go to `/v1/traces` below it. */
		readonly otlpEndpoint?: string;
		/** Whether prompts, replies, code and output are exported as well. */
		readonly content?: boolean;
	};
}

const text = v.pipe(v.string(), v.trim(), v.nonEmpty('must not be empty'));
const count = v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(1, 'must be at least 1'));
const amount = v.pipe(v.number(), v.minValue(0, 'must not be negative'));
const positive = v.pipe(v.number(), v.gtValue(0, 'must be greater than 0'));
const address = v.pipe(
	text,
	v.regex(/^https?:\/\/[^/\s]+/i, 'must be an http:// or https:// address'),
	v.check(URL.canParse, 'is not an address: check host and port, and put an IPv6 address in brackets'),
);
const variable = v.pipe(text, v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable'));

const priceSchema = v.strictObject({
	promptUsd: amount,
	completionUsd: amount,
	cachedPromptUsd: v.exactOptional(amount),
	cacheWriteUsd: v.exactOptional(amount),
});

const serverSchema = v.strictObject({
	// A slash would make `server/model` ambiguous.
	id: v.pipe(text, v.regex(/^[^/\s]+$/, 'must have no slash and no white space')),
	kind: v.picklist(['ollama', 'openai', 'anthropic', 'vscode', 'builtin']),
	url: v.exactOptional(address),
	models: v.exactOptional(v.array(text)),
	roles: v.exactOptional(v.array(v.picklist(['root', 'sub']))),
	priority: v.exactOptional(v.number()),
	maxConcurrent: v.exactOptional(count),
	gpuMemoryGb: v.exactOptional(positive),
	contextLength: v.exactOptional(count),
	price: v.exactOptional(priceSchema),
	apiKeyEnv: v.exactOptional(variable),
	headersEnv: v.exactOptional(v.record(v.string(), variable)),
	keepAlive: v.exactOptional(text),
	metricsUrl: v.exactOptional(address),
	timeouts: v.exactOptional(
		v.strictObject({
			connectMs: v.exactOptional(positive),
			firstByteMs: v.exactOptional(positive),
			idleMs: v.exactOptional(positive),
		}),
	),
});

/** Limits under the names that people write; times are in seconds there. */
export const limitsSchema = v.strictObject({
	iterations: v.exactOptional(count),
	depth: v.exactOptional(count),
	callsPerCell: v.exactOptional(count),
	calls: v.exactOptional(count),
	tokens: v.exactOptional(count),
	costUsd: v.exactOptional(amount),
	seconds: v.exactOptional(positive),
	cellSeconds: v.exactOptional(positive),
	consecutiveErrors: v.exactOptional(count),
	concurrency: v.exactOptional(count),
	outputCharacters: v.exactOptional(count),
	contextBytes: v.exactOptional(count),
});

const modelName = v.pipe(
	text,
	v.transform((name) => (name === 'auto' ? undefined : name)),
);

const settingsSchema = v.strictObject({
	servers: v.optional(v.array(serverSchema), []),
	rootModel: v.exactOptional(modelName),
	subModel: v.exactOptional(modelName),
	strategy: v.exactOptional(v.picklist(['adaptive', 'leastLoaded', 'priority', 'roundRobin'])),
	cloudUse: v.exactOptional(v.picklist(['never', 'overflow', 'balanced', 'fastest'])),
	hedging: v.exactOptional(v.boolean()),
	limits: v.exactOptional(limitsSchema),
	context: v.exactOptional(
		v.strictObject({
			exclude: v.exactOptional(v.record(v.string(), v.boolean())),
			directBelowTokens: v.exactOptional(amount),
		}),
	),
	prices: v.exactOptional(v.record(text, priceSchema)),
	health: v.exactOptional(
		v.strictObject({
			intervalSeconds: v.exactOptional(v.pipe(v.number(), v.minValue(5, 'must be at least 5'))),
		}),
	),
	profile: v.exactOptional(text),
	sandbox: v.exactOptional(
		v.strictObject({
			isolation: v.exactOptional(v.picklist(['worker', 'process', 'remote'])),
			url: v.exactOptional(address),
			tokenEnv: v.exactOptional(variable),
		}),
	),
	telemetry: v.exactOptional(
		v.strictObject({ otlpEndpoint: v.exactOptional(address), content: v.exactOptional(v.boolean()) }),
	),
});

/**
 * Validates settings as they were read.
 * @param where for messages: `rlm.config.json` or `settings`
 * @throws ConfigError naming the field and what was expected there
 */
export function parseSettings(value: unknown, where: string): Settings {
	if (Array.isArray(value)) throw new ConfigError(where, '', 'expected an object, got a list');
	const result = v.safeParse(settingsSchema, value);
	if (!result.success) throw configError(result.issues[0], where);
	const { rootModel, subModel, limits, ...rest } = result.output;
	rejectDuplicates(rest.servers, where);
	if (rest.sandbox?.isolation === 'remote' && rest.sandbox.url === undefined) {
		throw new ConfigError(where, 'sandbox.url', 'is missing', 'Name the sandbox server, like http://10.0.0.5:8377');
	}
	return {
		...rest,
		...present({ rootModel, subModel, limits: limits === undefined ? undefined : coreLimits(limits) }),
	};
}

/** The address of a server: the one in the settings, or the usual one of its kind. */
export function serverUrl(server: ServerSettings): string {
	const usual: Record<ServerKind, string> = {
		ollama: 'http://127.0.0.1:11434',
		openai: 'https://api.openai.com/v1',
		anthropic: 'https://api.anthropic.com',
		vscode: 'vscode',
		builtin: 'builtin',
	};
	return server.url ?? usual[server.kind];
}

/** Limits as the engine takes them. */
export function coreLimits({ seconds, cellSeconds, ...same }: v.InferOutput<typeof limitsSchema>): Partial<Limits> {
	return {
		...same,
		...present({
			durationMs: seconds === undefined ? undefined : seconds * 1000,
			cellMs: cellSeconds === undefined ? undefined : cellSeconds * 1000,
		}),
	};
}

function rejectDuplicates(servers: readonly ServerSettings[], where: string): void {
	for (const [index, { id }] of servers.entries()) {
		const first = servers.findIndex((server) => server.id === id);
		if (first < index) {
			throw new ConfigError(where, `servers[${index}].id`, `"${id}" is already the id of servers[${first}]`);
		}
	}
}

type Issue = v.InferIssue<typeof settingsSchema>;

function configError(issue: Issue, where: string): ConfigError {
	const keys = (issue.path ?? []).map((item) => item.key);
	const name = fieldPath(keys);
	if (issue.type === 'strict_object' && issue.expected === 'never') {
		const nearest = nearestName(String(keys.at(-1)), knownFields(settingsSchema, keys.slice(0, -1)));
		return new ConfigError(where, name, 'unknown field', nearest && `Did you mean "${nearest}"?`);
	}
	if (issue.type === 'strict_object' && issue.received === 'undefined') {
		return new ConfigError(where, name, 'is missing');
	}
	if (issue.kind === 'validation') return new ConfigError(where, name, issue.message);
	return new ConfigError(where, name, `expected ${expectation(issue.expected)}, got ${issue.received}`);
}

function expectation(expected: string | null): string {
	if (expected?.startsWith('(')) return `one of ${expected.slice(1, -1).replaceAll(' | ', ', ')}`;
	const words: Record<string, string> = { Array: 'a list', Object: 'an object', string: 'a text', number: 'a number' };
	return words[expected ?? ''] ?? expected ?? 'something else';
}

/** `servers[0].price.promptUsd` */
function fieldPath(keys: readonly unknown[]): string {
	return keys
		.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
		.join('')
		.replace(/^\./, '');
}

/** Fields that the schema knows at a path. */
function knownFields(schema: unknown, keys: readonly unknown[]): string[] {
	const node = schema as { entries?: Record<string, unknown>; item?: unknown; wrapped?: unknown };
	if (node.wrapped) return knownFields(node.wrapped, keys);
	const [key, ...rest] = keys;
	if (key === undefined) return Object.keys(node.entries ?? {});
	return knownFields(typeof key === 'number' ? node.item : node.entries?.[String(key)], rest);
}

/** The name that differs least, if it is near enough to have been meant. */
function nearestName(name: string, candidates: readonly string[]): string | undefined {
	const near = candidates
		.map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
		.sort((a, b) => a.distance - b.distance)[0];
	return near && near.distance <= Math.max(2, name.length / 3) ? near.candidate : undefined;
}

function editDistance(a: string, b: string): number {
	let row = Array.from({ length: b.length + 1 }, (_, index) => index);
	for (const [index, character] of [...a].entries()) {
		const next = [index + 1];
		for (const [column, other] of [...b].entries()) {
			const replaced = (row[column] ?? 0) + (character === other ? 0 : 1);
			next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
		}
		row = next;
	}
	return row[b.length] ?? 0;
}
