import { describe, expect, test } from 'vitest';
import { plausibleCharge, plausibleUsage } from '../../../src/models/plausible.ts';

const sizes = { sent: ['x'.repeat(1_000)], received: ['y'.repeat(500)], maxTokens: 200 };

describe('usage that a server reports', () => {
	test.each([
		['as it is', { promptTokens: 400, completionTokens: 120, cachedPromptTokens: 300 }],
		['with zeros', { promptTokens: 0, completionTokens: 0 }],
		['with a token for every byte', { promptTokens: 1_000, completionTokens: 500 }],
		['with hidden reasoning', { promptTokens: 400, completionTokens: 199, reasoningTokens: 190 }],
	])('is taken %s', (_, usage) => {
		expect(plausibleUsage(usage, sizes)).toEqual(usage);
	});

	test.each([1e308, 1e7, -1, Number.NaN, Number.POSITIVE_INFINITY])('is left out where it is %d', (count) => {
		const usage = { promptTokens: count, completionTokens: count, cachedPromptTokens: count, reasoningTokens: count };
		expect(plausibleUsage(usage, sizes)).toEqual({});
	});
});

describe('a charge that a server reports', () => {
	test('is taken when a call of this size can cost that', () => {
		expect(plausibleCharge(0.25, 100)).toBe(0.25);
		expect(plausibleCharge(0, 100)).toBe(0);
		expect(plausibleCharge(40, 100_000)).toBe(40);
	});

	test.each([1e308, 500, -1, Number.NaN, undefined])('is left out where it is %d', (usd) => {
		expect(plausibleCharge(usd, 1_000)).toBeUndefined();
	});
});
