import { describe, expect, it } from 'vitest';
import { lastLineCounts } from '../../../scripts/suites.ts';

describe('the result of a suite', () => {
	it.each([
		['12 passed, 0 failed, 3 skipped', { passed: 12, failed: 0, skipped: 3 }],
		['858 blocked, 2 escaped', { passed: 858, failed: 2, skipped: 0 }],
		['750 cells, 0 findings, seed 17', { passed: 750, failed: 0, skipped: 0 }],
	])('is read from its last line: %s', (line, counts) => {
		expect(lastLineCounts({ code: counts.failed, output: `9 passed, 9 failed\n${line}\n` })).toEqual(counts);
	});

	it.each([
		['ran nothing', { code: 0, output: '0 passed, 0 failed, 0 skipped' }],
		['printed no counts', { code: 0, output: 'done' }],
		['failed although no test did', { code: 2, output: '5 passed, 0 failed, 0 skipped' }],
	])('is a failure when it %s', (_, ended) => {
		expect(lastLineCounts(ended).failed).toBe(1);
	});
});
