import { describe, expect, it } from 'vitest';
import type { Citation } from '../../../src/core/events.ts';
import type { RunResult } from '../../../src/core/request.ts';
import { NO_TOTALS } from '../../../src/core/totals.ts';
import { agree } from '../../../src/modes/vote/agreement.ts';
import { choose, confidenceOf, type Vote } from '../../../src/modes/vote/ballot.ts';

describe('answers agree', () => {
	it.each([
		['How many errors are there?', '17', 'There are 17 errors.'],
		['How many errors are there?', '1,204', '**1204**'],
		['Who owns it?', 'Ada Lovelace', 'Answer: the owner is Ada Lovelace', false],
		['Who is the owner?', 'Ada Lovelace', 'Answer: the owner is Ada Lovelace'],
		['Which regions?', 'North, South and East', 'East, North, South'],
		['Is it on?', 'No', 'no.'],
		['Which port?', 'The text does not say.', 'Not found'],
	])('%s %s / %s', (question, one, other, expected = true) => {
		expect(agree(question, one, other)).toBe(expected);
		expect(agree(question, other, one)).toBe(expected);
	});

	it.each([
		['Which is faster, option A or option B?', 'A', 'B'],
		['Which is faster, option A or option B?', 'Option A by 20 %', 'Option B by 20 %'],
		['How many errors are there?', '17', '18'],
		['How many errors are there?', '17 errors', '17.5 errors'],
		['Is it safe?', 'It is safe', 'It is not safe'],
		['Is it safe?', "It isn't safe", 'It is safe'],
		['Is it not safe?', 'It is safe', 'It is not safe'],
		['Count both', '3 red, 5 blue', '5 red, 3 blue'],
		['Which port?', '8080', 'The text does not say.'],
		['Which port?', 'It is', 'It was'],
	])('not: %s %s / %s', (question, one, other) => {
		expect(agree(question, one, other)).toBe(false);
		expect(agree(question, other, one)).toBe(false);
	});
});

function vote(voter: number, answer: string, checks: readonly Citation['check'][] = [], answerJson?: string): Vote {
	const citations = checks.map((check) => ({ path: 'a.txt', startLine: 1, endLine: 1, quote: '', check }));
	const result: RunResult = {
		runId: `${voter}`,
		...{ outcome: 'answered', answer, citations, iterations: 1, totals: NO_TOTALS, durationMs: 0 },
		...(answerJson === undefined ? {} : { answerJson }),
	};
	return { voter, result };
}

describe('an answer is chosen', () => {
	it('by agreement before anything else', () => {
		const votes = [vote(1, '18', ['exact', 'exact']), vote(2, '17'), vote(3, 'There are 17.')];
		const choice = choose('How many are there?', votes);
		expect(choice).toMatchObject({ by: 'agreement', agreeing: [{ voter: 2 }, { voter: 3 }] });
		expect([2, 3]).toContain(choice?.chosen.voter);
	});

	it('by evidence where none agree, and a citation that is not there counts against it', () => {
		expect(choose('Who?', [vote(1, 'Ada'), vote(2, 'Grace', ['place'])])).toMatchObject({
			by: 'evidence',
			chosen: { voter: 2 },
		});
		expect(choose('Who?', [vote(1, 'Ada', ['not-found']), vote(2, 'Grace')])).toMatchObject({
			by: 'evidence',
			chosen: { voter: 2 },
		});
	});

	it('by stated confidence where the evidence is the same', () => {
		expect(choose('Who?', [vote(1, 'Probably Ada'), vote(2, 'Grace')])).toMatchObject({
			by: 'confidence',
			chosen: { voter: 2 },
		});
	});

	it('by order at last, and not at all without votes', () => {
		expect(choose('Who?', [vote(1, 'Ada'), vote(2, 'Grace')])).toMatchObject({ by: 'order', chosen: { voter: 1 } });
		expect(choose('Who?', [])).toBeUndefined();
	});

	it('by the values that were handed in, where they are values', () => {
		const votes = [vote(1, 'x', [], '{"a": 1}'), vote(2, 'y', [], '{"a":1}'), vote(3, 'x', [], '{"a": 2}')];
		expect(choose('Which?', votes)).toMatchObject({ by: 'agreement', agreeing: [{ voter: 1 }, { voter: 2 }] });
	});
});

describe('the stated confidence', () => {
	it.each([
		['It is 7. Confidence: 85 %', 0.85],
		['It is 7 (confidence 0.4)', 0.4],
		['Confidence: high. It is 7.', 0.9],
		['It might be 7', 0.3],
		['It is 7', 0.6],
	])('of "%s" is %f', (answer, expected) => {
		expect(confidenceOf(vote(1, answer))).toBe(expected);
	});
});
