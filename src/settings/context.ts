import * as v from 'valibot';
import { amount, text } from './fields.ts';

/** What a question is about, and how it is read. */
export const contextSchema = v.strictObject({
	/** Glob to true (left out) or false (cancels an entry of a wider setting). */
	exclude: v.exactOptional(v.record(v.string(), v.boolean())),
	/** Globs of files to read although they usually hold secrets. */
	allowSecrets: v.exactOptional(v.array(text)),
	/** Contexts up to this size are answered with one direct call. Tokens. */
	directBelowTokens: v.exactOptional(amount),
});
