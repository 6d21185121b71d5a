import type { JsonSchema } from './model.ts';

/** What was found in a reply that should be JSON: its value as JSON text, or what is wrong, one sentence for a model. */
export type JsonReading = { readonly json: string } | { readonly problem: string };

/** Reads the replies of models. Whatever a schema and a reply hold, that takes a bounded time and amount of memory. */
export interface JsonReader {
	/**
	 * Finds the only JSON value in a reply and checks it.
	 * @throws ComputeError when the schema is no schema, or checking takes too much; CancelledError
	 */
	read(reply: string, schema: JsonSchema, signal: AbortSignal): Promise<JsonReading>;
	/** Finds out whether a schema is usable. @throws ComputeError when it is not, CancelledError */
	tryOut(schema: JsonSchema, signal: AbortSignal): Promise<void>;
}
