import { describe, expect, it } from 'vitest';
import { crossovers } from '../../../src/eval/report/crossover.ts';
import { jsonReport } from '../../../src/eval/report/jsonReport.ts';
import { reportPage } from '../../../src/eval/report/page.ts';
import { figuresOf, sizeClass, summarise } from '../../../src/eval/report/summary.ts';
import { textReport } from '../../../src/eval/report/textReport.ts';
import { crossoverText, figureCells } from '../../../src/eval/report/texts.ts';
import { wilson } from '../../../src/eval/report/wilson.ts';
import type { Result } from '../../../src/eval/run/results.ts';
import { adviceOf, adviceText } from '../../../src/eval/verdicts/advice.ts';
import { verdictsOf } from '../../../src/eval/verdicts/verdicts.ts';

const KB = 1024;

function result(fields: Partial<Result> = {}): Result {
	return {
		version: 1,
		task: 'needle-2k-1',
		kind: 'needle',
		bytes: 2 * KB,
		mode: 'direct',
		model: 'small',
		answeredBy: 'local/small',
		repeat: 1,
		outcome: 'answered',
		answer: 'Wilk',
		gold: 'Wilk',
		isCorrect: true,
		score: 1,
		note: '',
		promptTokens: 100,
		cachedPromptTokens: 0,
		completionTokens: 20,
		isEstimate: false,
		calls: 1,
		iterations: 1,
		costUsd: 0,
		unpricedCalls: 1,
		durationMs: 1000,
		at: '2026-11-30T12:00:00.000Z',
		...fields,
	};
}

/** Ten tasks of a mode at a size, of which some are right. */
function tasks(mode: string, kilobytes: number, right: number, count = 10): Result[] {
	return Array.from({ length: count }, (_, index) =>
		result({
			mode,
			bytes: kilobytes * KB,
			task: `${kilobytes}-${index}`,
			isCorrect: index < right,
			score: index < right ? 1 : 0,
		}),
	);
}

describe('the interval of Wilson', () => {
	// Values of the published formula, as scipy.stats.binomtest(k, n).proportion_ci(method='wilson') gives them.
	it.each([
		[0, 10, 0, 0.2775],
		[5, 10, 0.2366, 0.7634],
		[10, 10, 0.7225, 1],
		[81, 263, 0.2553, 0.3662],
	])('of %i right of %i', (right, tries, low, high) => {
		const interval = wilson(right, tries);
		expect(interval.low).toBeCloseTo(low, 4);
		expect(interval.high).toBeCloseTo(high, 4);
	});

	it('says nothing where nothing was tried', () => expect(wilson(0, 0)).toEqual({ share: 0, low: 0, high: 1 }));
});

describe('figures', () => {
	it('count the repeats of a task as one try', () => {
		const repeats = [1, 2, 3, 4].map((repeat) => result({ repeat, isCorrect: repeat <= 3 }));
		expect(figuresOf(repeats)).toMatchObject({ tasks: 1, runs: 4, accuracy: { share: 0.75, ...bounds(0.75, 1) } });
	});

	it('leave out what has no grade', () => {
		expect(figuresOf([result(), result({ task: 'b', ungraded: 'no verdict' })])).toMatchObject({
			runs: 1,
			ungraded: 1,
		});
	});

	it('know no cost where no price is known, and a lower bound where some are', () => {
		expect(figuresOf([result()])).not.toHaveProperty('costUsd');
		const priced = result({ task: 'b', costUsd: 0.01, unpricedCalls: 0 });
		expect(figuresOf([result(), priced])).toMatchObject({ costUsd: 0.01, isCostPartial: true });
		expect(figureCells(figuresOf([priced]))[5]).toBe('$0.010');
	});

	it('take the middle of tokens and time', () => {
		const runs = [1, 2, 9].map((seconds) => result({ task: `${seconds}`, durationMs: seconds * 1000 }));
		expect(figuresOf(runs).medianMs).toBe(2000);
		expect(figuresOf(runs.slice(0, 2)).medianMs).toBe(1500);
	});
});

function bounds(share: number, tries: number) {
	const { low, high } = wilson(share * tries, tries);
	return { low, high };
}

it('puts contexts into the nearest class of size', () => {
	expect([100, 2048, 5000, 9000, 2.4 * KB * KB].map(sizeClass)).toEqual(
		[2, 2, 8, 8, 2048].map((kilobytes) => kilobytes * KB),
	);
});

describe('the crossover', () => {
	it('is the size from which on a mode is better at every size', () => {
		const results = [
			...[tasks('direct', 2, 9), tasks('direct', 8, 3), tasks('direct', 32, 9), tasks('direct', 128, 0)],
			...[tasks('explore', 2, 5), tasks('explore', 8, 6), tasks('explore', 32, 5), tasks('explore', 128, 9)],
		].flat();
		const [found] = crossovers(summarise(results));
		expect(found).toMatchObject({ mode: 'explore', fromBytes: 128 * KB, isClear: true });
		expect(found && crossoverText(found)).toBe('small: explore is better than a direct call from 128 KB on.');
	});

	it('may be chance where intervals overlap, and may not exist', () => {
		const near = [...tasks('direct', 2, 5), ...tasks('explore', 2, 6)];
		expect(crossovers(summarise(near))[0]).toMatchObject({ fromBytes: 2 * KB, isClear: false });
		const worse = [...tasks('direct', 2, 5), ...tasks('explore', 2, 5)];
		expect(crossovers(summarise(worse))[0]).toMatchObject({ fromBytes: undefined, isClear: false });
	});
});

describe('the report', () => {
	const results = [...tasks('direct', 2, 9), ...tasks('explore', 2, 4), ...tasks('explore', 32, 8)];

	it('has a row for each model and mode', () => {
		const { tables, sentences } = textReport(results);
		expect(tables[0]?.rows[1]).toEqual([
			'small',
			'direct',
			'10',
			'90 % (60–98)',
			'0.90',
			'10 of 10',
			'120',
			'-',
			'1.0 s',
		]);
		expect(tables[1]?.rows).toEqual([
			['model', 'mode', '2 KB', '32 KB'],
			['small', 'direct', '90 %', '-'],
			['small', 'explore', '40 %', '80 %'],
		]);
		expect(sentences).toEqual(['small: explore is at no size from which on it is better than a direct call.']);
	});

	it('is JSON for programs', () => {
		expect(JSON.parse(JSON.stringify(jsonReport(results)))).toMatchObject({
			tasks: 20,
			contenders: [
				{ mode: 'direct', bySize: { 2048: { tasks: 10 } } },
				{ mode: 'explore', all: { tasks: 20 } },
			],
		});
	});

	it('is a page that needs nothing from elsewhere and lets no answer become part of it', () => {
		const page = reportPage([...results, result({ task: 'x', isCorrect: false, answer: '<script>alert(1)</script>' })]);
		expect(page).toContain(`default-src 'none'`);
		expect(page).not.toMatch(/<script|https?:/);
		expect(page).toContain('&#60;script&#62;alert(1)');
		expect(page.match(/<svg/g)?.length).toBeGreaterThan(3);
		expect(page.match(/<svg(?![^>]*role="img" aria-label=)/)).toBeNull();
	});

	it('is a page even without results', () => expect(reportPage([])).toContain('0 tasks'));
});

describe('advice', () => {
	it('says which model can be a root, which a sub-model, and from which size on the loop pays', () => {
		const results = [
			...[...tasks('direct', 2, 9), ...tasks('direct', 32, 2)],
			...[...tasks('explore', 2, 6), ...tasks('explore', 32, 7)],
			...[...tasks('direct', 2, 1), ...tasks('explore', 2, 0)].map((one) => ({ ...one, answeredBy: 'local/tiny' })),
		];
		expect(adviceOf(verdictsOf(results)).map(adviceText)).toEqual([
			'local/small can be a root and can answer sub-calls (65 % of 20 right in the loop, 90 % of 10 right on short texts; 2026-11-30). The loop pays from 32 KB on.',
			'local/tiny cannot be a root and is no good for sub-calls (0 % of 10 right in the loop, 10 % of 10 right on short texts; 2026-11-30). At no size was the loop better than a direct call.',
		]);
	});

	it('says when too little was asked', () => {
		const [advice] = adviceOf(verdictsOf(tasks('direct', 2, 2, 2)));
		expect(advice).toMatchObject({ root: { fitness: 'unknown', tasks: 0 }, sub: { fitness: 'unknown', tasks: 2 } });
	});
});
