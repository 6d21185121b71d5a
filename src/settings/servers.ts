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
	/** Unique; names the server in messages, in `server/model`, where a slash would make it ambiguous, and its stored key. */
	id: v.pipe(text, v.regex(/^[^/\s]+$/, 'must have no slash and no white space')),
	kind: v.picklist(SERVER_KINDS),
	/** Absent: the usual address of the kind. */
	url: v.exactOptional(address),
	/** Models to use, the preferred one first. Absent: all that the server lists. */
	models: v.exactOptional(v.array(text)),
	/** Absent: both. */
	roles: v.exactOptional(v.array(v.picklist(MODEL_ROLES))),
	/** Environment variable that holds the key. */
	apiKeyEnv: v.exactOptional(variable),
	/** 1 is preferred; 1 when absent. Equal numbers go by the order of the list. */
	priority: v.exactOptional(v.number()),
	/** Calls at a time. */
	maxConcurrent: v.exactOptional(count),
	/** Tokens of the window; absent: what the server tells. */
	contextLength: v.exactOptional(count),
	gpuMemoryGb: v.exactOptional(positive),
	price: v.exactOptional(priceSchema),
	/** How long the server keeps the model in memory after a call, in its own notation such as `30m`. */
	keepAlive: v.exactOptional(text),
	/** Address where the figures of its GPU are exported. */
	metricsUrl: v.exactOptional(address),
	/** Further headers: name to the environment variable that holds the value. */
	headersEnv: v.exactOptional(v.record(v.string(), variable)),
	/** Time limits, ms. */
	timeouts: v.exactOptional(timeoutsSchema),
});

/** One model server, as the configuration file and the editor's settings describe it. */
export type ServerSettings = Unchanging<v.InferOutput<typeof serverSchema>>;

/** What stands in for a server when there is none. */
export const BUILTIN_SERVER: ServerSettings = { id: 'builtin', kind: 'builtin' };

/** The address of a server: the one in the settings, or the usual one of its kind. Of what is no server, its kind. */
export function serverUrl({ kind, url }: ServerSettings): string {
	return url ?? kindOf(kind).url ?? kind;
}
