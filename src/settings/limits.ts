import * as v from 'valibot';
import type { Limits } from '../core/events.ts';
import { present } from '../core/present.ts';
import { amount, count, positive } from './fields.ts';

/** Limits under the names that people write, with times in seconds. */
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

/** Limits as the engine takes them. */
export function coreLimits({ seconds, cellSeconds, ...same }: v.InferOutput<typeof limitsSchema>): Partial<Limits> {
	return present({
		...same,
		durationMs: seconds === undefined ? undefined : seconds * 1000,
		cellMs: cellSeconds === undefined ? undefined : cellSeconds * 1000,
	});
}
