import * as v from 'valibot';
import { MODEL_ROLES } from '../core/ports/model.ts';
import { kindOf, SERVER_KINDS } from '../models/kinds.ts';
import { address, count, positive, text, type Unchanging, variable } from './fields.ts';
import { priceSchema } from './prices.ts';

const timeoutsSchema = v.strictObject({
	connectMs: v.exactOptional(positive),
	firstByteMs: v.exactOptional(positive),
	idleMs: v.exactOptional(positive),
});

export const serverSchema = v.strictObject({
	/**
	 * Unique; identifies the server in messages, in `server/model` (so it may not contain a slash), and for its stored
	 * key.
	 */
	id: v.pipe(text, v.regex(/^[^/\s]+$/, 'must have no slash and no white space')),
	kind: v.picklist(SERVER_KINDS),
	/** Absent: the default address of the kind. */
	url: v.exactOptional(address),
	/** Models to use, preferred first. Absent: all that the server lists. */
	models: v.exactOptional(v.array(text)),
	/** Absent: both. */
	roles: v.exactOptional(v.array(v.picklist(MODEL_ROLES))),
	/** Environment variable of the key. */
	apiKeyEnv: v.exactOptional(variable),
	/** 1 is preferred and the default. Equal numbers follow the order of the list. */
	priority: v.exactOptional(v.number()),
	/** Concurrent calls. */
	maxConcurrent: v.exactOptional(count),
	/** Temperature of its calls, where code asks for none; absent: what suits the model. */
	temperature: v.exactOptional(
		v.pipe(v.number(), v.minValue(0, 'must not be negative'), v.maxValue(2, 'must be at most 2')),
	),
	/** Tokens of the window; absent: what the server reports. */
	contextLength: v.exactOptional(count),
	gpuMemoryGb: v.exactOptional(positive),
	price: v.exactOptional(priceSchema),
	/** How long the server keeps the model in memory after a call, in its own notation such as `30m`. */
	keepAlive: v.exactOptional(text),
	/** Address that exports the figures of its GPU. */
	metricsUrl: v.exactOptional(address),
	/** Additional headers: name to the environment variable with the value. */
	headersEnv: v.exactOptional(v.record(v.string(), variable)),
	/** Time limits, ms. */
	timeouts: v.exactOptional(timeoutsSchema),
});

/** One model server, as described in the configuration file and the editor's settings. */
export type ServerSettings = Unchanging<v.InferOutput<typeof serverSchema>>;

/** Stands in when no server is configured. */
export const BUILTIN_SERVER: ServerSettings = { id: 'builtin', kind: 'builtin' };

/** Address of a server: from the settings, or the default of its kind. For kinds without a server, the kind. */
export function serverUrl({ kind, url }: ServerSettings): string {
	return url ?? kindOf(kind).url ?? kind;
}
