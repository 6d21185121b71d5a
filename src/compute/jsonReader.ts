import type { JsonReader } from '../core/ports/json.ts';
import { Semaphore } from '../core/semaphore.ts';
import type { Compute } from './compute.ts';

/** Time limit of one reply's check, ms. */
const CHECK_MS = 4_000;
/** Replies that are checked or wait for a thread; further ones wait here, where a wait costs nothing. */
const AT_ONCE = 16;

/** Reads JSON in replies of models on a compute thread, for the reasons that `schemaValidator` names. */
export function jsonReader(compute: Compute): JsonReader {
	const places = new Semaphore(AT_ONCE);
	const read: JsonReader['read'] = (reply, schema, signal) => {
		const input = { schema: JSON.stringify(schema), reply };
		return places.run(() => compute.run('readReply', input, CHECK_MS, signal), signal);
	};
	return {
		read,
		async tryOut(schema, signal) {
			await read('null', schema, signal);
		},
	};
}
