import { describe, expect, it } from 'vitest';
import { clip } from '../../../src/cli/format.ts';
import { formatCost, formatCount, formatDuration, formatTokens } from '../../../src/core/figures.ts';
import { totals } from '../../support/sampleRun.ts';

describe('figures', () => {
	it.each([
		[0, '0'],
		[999, '999'],
		[1000, '1.0k'],
		[34_567, '35k'],
		[999_499, '999k'],
		[999_500, '1.0M'],
		[20_000_000, '20M'],
	])('count %i as %s', (count, text) => {
		expect(formatCount(count)).toBe(text);
	});

	it.each([
		[0, '0 ms'],
		[999.4, '999 ms'],
		[1000, '1.0 s'],
		[59_900, '59.9 s'],
		[59_999, '1 min 00 s'],
		[125_000, '2 min 05 s'],
	])('tell %d ms as %s', (ms, text) => {
		expect(formatDuration(ms)).toBe(text);
	});

	it('tell a cost only as far as it is known', () => {
		expect(formatCost(totals(1, 1, 0.00042))).toBe('$0.00042');
		expect(formatCost(totals(1, 1, 0.0123))).toBe('$0.012');
		expect(formatCost(totals(1, 1, 12.345))).toBe('$12.35');
		expect(formatCost({ ...totals(1, 1, 0.5, 3), unpricedCalls: 1 })).toBe('≥ $0.500');
		expect(formatCost({ ...totals(1, 1, 0, 3), unpricedCalls: 3 })).toBeUndefined();
		expect(formatCost(totals(0, 0, 0, 0))).toBeUndefined();
	});

	it('mark estimated tokens', () => {
		expect(formatTokens(totals(1000, 200))).toBe('1.2k tokens');
		const usage = { promptTokens: 5, completionTokens: 5, isEstimate: true };
		expect(formatTokens({ ...totals(0, 0), usage })).toBe('~10 tokens');
		expect(formatTokens(totals(0, 0))).toBeUndefined();
	});
});

describe('text for a terminal', () => {
	it('is cut by the columns that it takes', () => {
		expect(clip('abc', 3)).toBe('abc');
		expect(clip('abcd', 3)).toBe('ab…');
		expect(clip('漢字漢字', 5)).toBe('漢字…');
		expect(clip('👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 5)).toBe('👩‍👩‍👧‍👦👩‍👩‍👧‍👦…');
		expect(clip('abc', 0)).toBe('');
	});
});
