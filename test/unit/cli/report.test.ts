import { describe, expect, it } from 'vitest';
import { citationLines, errorText, exitCodeOf, outcomeText, reportOf, summaryLine } from '../../../src/cli/report.ts';
import { InputError, ModelError } from '../../../src/core/errors.ts';
import type { RunEnd } from '../../../src/core/events.ts';
import { emptyTree, foldEvent, rootRun } from '../../../src/core/tree.ts';
import { GUIDED_BODIES, numbered, SAMPLE_BODIES, totals } from '../../support/sampleRun.ts';

const answered = numbered(SAMPLE_BODIES).at(-1) as RunEnd;
const { answerJson: _, ...withoutJson } = answered;

describe('the report of a run', () => {
	it('has the figures of the whole tree and the path of the journal', () => {
		expect(reportOf(answered, undefined, '/tmp/j.jsonl')).toEqual({
			unsupported: [],
			conflicts: [],
			outcome: 'answered',
			answer: 'The server listens on port 8080.',
			answerJson: '{"port": 8080}',
			citations: [{ path: 'src/server.ts', startLine: 12, endLine: 12, quote: 'listen(8080)', check: 'place' }],
			iterations: 1,
			calls: 3,
			usage: { promptTokens: 1300, completionTokens: 55, isEstimate: false },
			cost: 0.011,
			unpricedCalls: 0,
			durationMs: 1700,
			runId: 'run-1',
			journal: '/tmp/j.jsonl',
		});
	});

	it('says which mode answered, why, and by which plan', () => {
		const tree = emptyTree();
		for (const event of numbered(GUIDED_BODIES)) foldEvent(tree, event);
		expect(reportOf({ ...answered, mode: 'guided' }, rootRun(tree), undefined)).toMatchObject({
			mode: 'guided',
			modeReason: 'The model is too small for a long conversation, so a plan leads it in short steps.',
			plan: 'table',
		});
	});

	it('has no cost when no price is known, and says why a run is partial', () => {
		const end: RunEnd = {
			...withoutJson,
			outcome: 'partial',
			reason: 'calls',
			totals: { ...totals(1, 1, 0, 2), unpricedCalls: 2 },
		};
		expect(reportOf(end, undefined, undefined)).toMatchObject({
			cost: null,
			unpricedCalls: 2,
			reason: 'calls',
			journal: null,
		});
	});
});

describe('the exit code', () => {
	const failed = (code: string): RunEnd => ({
		...answered,
		outcome: 'failed',
		error: { code, message: 'no', actions: [] },
	});

	it('tells how a run ended', () => {
		expect(exitCodeOf(answered)).toBe(0);
		expect(exitCodeOf({ ...answered, outcome: 'partial' })).toBe(3);
		expect(exitCodeOf({ ...answered, outcome: 'cancelled' })).toBe(130);
		expect(exitCodeOf(failed('no-server'))).toBe(4);
		expect(exitCodeOf(failed('model'))).toBe(4);
		expect(exitCodeOf(failed('config'))).toBe(2);
		expect(exitCodeOf(failed('sandbox'))).toBe(5);
	});
});

describe('what a person reads at the end', () => {
	it('is one line of figures', () => {
		expect(summaryLine(answered, undefined, 'j.jsonl')).toBe(
			'answered · 1 iteration · 3 model calls · 1.4k tokens · $0.011 · 1.7 s · journal j.jsonl',
		);
	});

	it('names the mode and the plan', () => {
		expect(summaryLine({ ...answered, mode: 'direct' }, undefined, undefined)).toContain('answered · direct · 1 it');
		expect(summaryLine({ ...answered, mode: 'guided' }, 'table', undefined)).toContain('answered · guided (table) · ');
	});

	it('says which limit ended a partial run, and with which option it is set', () => {
		expect(outcomeText(answered)).toBeUndefined();
		expect(outcomeText({ ...answered, outcome: 'partial', reason: 'cost' })).toBe(
			'rlm: partial: the cost limit was reached (--max-cost); this is the best answer so far',
		);
		expect(outcomeText({ ...answered, outcome: 'cancelled', answer: '' })).toBe('rlm: cancelled; no answer');
	});

	it('says what failed and what to do about it, without a stack trace', () => {
		const error = { code: 'no-server', message: 'local: no connection', hint: 'Start the server.', actions: [] };
		expect(outcomeText({ ...answered, outcome: 'failed', error })).toBe(
			'rlm: local: no connection\n     Start the server.',
		);
		expect(errorText(new InputError('There is no x.', 'Did you mean y?'), false)).toBe(
			'rlm: There is no x.\n     Did you mean y?',
		);
		expect(errorText(new TypeError('oops'), false)).toBe(
			'rlm: oops\n     This is a bug in rlm; RLM_DEBUG=1 shows the stack trace.',
		);
		expect(errorText(new TypeError('oops'), true)).toContain('report.test.ts');
	});

	it('names citations as path and line', () => {
		const quote = 'two\nlines\u001b[2J';
		expect(citationLines([{ path: 'a.ts', startLine: 3, endLine: 5, quote, check: 'place' }])).toEqual([
			'a.ts:3-5  two lines',
		]);
	});

	it('says what is wrong with a citation', () => {
		const place = { path: 'a.ts', startLine: 3, endLine: 3 };
		const elsewhere = { ...place, startLine: 9, endLine: 9 };
		expect(
			citationLines([
				{ ...place, quote: 'two', check: 'not-found', fault: 'other-text', quoted: 'three', elsewhere },
				{ ...place, quote: '', check: 'not-found', fault: 'no-lines' },
			]),
		).toEqual(['a.ts:3  not found in the text; it stands at a.ts:9: "three"', 'a.ts:3  the file has no such lines']);
	});
});

it('offers the built-in engine by its option where no server can be reached', () => {
	const gone = new ModelError('no connection', { category: 'connect' });
	expect(errorText(gone, false)).toContain('--provider builtin');
	const error = { code: 'model', message: 'no connection', actions: ['use-builtin' as const] };
	expect(outcomeText({ ...answered, outcome: 'failed', answer: '', error })).toContain('--provider builtin');
	expect(errorText(new InputError('no'), false)).not.toContain('builtin');
});
