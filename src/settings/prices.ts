import * as v from 'valibot';
import { amount, text } from './fields.ts';

/** USD per million tokens. */
export const priceSchema = v.strictObject({
	promptUsd: amount,
	completionUsd: amount,
	cachedPromptUsd: v.exactOptional(amount),
	cacheWriteUsd: v.exactOptional(amount),
});

/** Prices by `model` or `server/model`, where `*` stands for any text. */
export const pricesSchema = v.record(text, priceSchema);
