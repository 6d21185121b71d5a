import * as v from 'valibot';
import { amount, text } from './fields.ts';

/** What a question is about, and how it is read. */
export const contextSchema = v.strictObject({
	/** Glob to true (left out) or false (an entry of a wider setting is taken back). */
	exclude: v.exactOptional(v.record(v.string(), v.boolean())),
	/** Globs of files that are read although they usually hold secrets. */
	allowSecrets: v.exactOptional(v.array(text)),
	/** Contexts up to this size are asked in one direct call. Tokens. */
	directBelowTokens: v.exactOptional(amount),
});
