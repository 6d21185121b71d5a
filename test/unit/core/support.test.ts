import { describe, expect, it } from 'vitest';
import { findsNothing } from '../../../src/core/evidence/absence.ts';
import { unfitAnswer } from '../../../src/core/finalAnswer.ts';
import { salvageMessage } from '../../../src/core/prompt/messages.ts';
import { isSupported } from '../../../src/core/steps/support.ts';

describe('an answer that rests on what was shown', () => {
	it.each([
		['Lin repaired the fence.', 'Lin repaired the fence with planks.', 'Who repaired the fence?'],
		['38', 'failed orders: 38', 'How many orders failed?'],
		['The total is 11,951.', 'total amount: 11951', 'What is the total?'],
		['The average is 25.95 hours.', 'average: 25.946875000000002', 'What is the average?'],
		['14 people in Support work in Ulm.', '14', 'How many people in Support work in Ulm?'],
		['It is core/semaphore.ts.', 'core/semaphore.ts 8 export class Semaphore {', 'Which file defines Semaphore?'],
		['No.', 'late: 0', 'Are there late orders?'],
	])('%s', (answer, evidence, question) => {
		expect(isSupported(answer, evidence, question)).toBe(true);
	});
});

describe('an answer that was invented', () => {
	it.each([
		['The passphrase is not publicly documented.', 'scan begins', 'What is the passphrase?'],
		['There are 42 errors.', 'errors: 1391', 'How many errors are there?'],
		['Otto Meier', 'Lin repaired the fence.', 'Who repaired the fence?'],
		['java/util/Semaphore.java', 'core/lock.ts 8 export class Lock {', 'Which file defines Semaphore?'],
	])('%s', (answer, evidence, question) => {
		expect(isSupported(answer, evidence, question)).toBe(false);
	});
});

it('sees where a reply says that there is nothing', () => {
	for (const reply of ['NOT FOUND', 'Not found.', '', 'The text does not mention a passphrase.'])
		expect(findsNothing(reply)).toBe(true);
	expect(findsNothing('Nobody found the note.')).toBe(false);
});

describe('an answer that is no answer', () => {
	const known = {
		question: 'How many orders are late?',
		ours: [salvageMessage('the time is up')],
		code: ['print(len(late))'],
	};
	it.each([
		['', 'empty'],
		['your answer here', 'stands for'],
		['<answer>', 'stands for'],
		['how many orders are late', 'repeats the question'],
		['Reply with your best answer from what you have seen so far', 'repeats an instruction'],
		['Iteration 3 of 12.', 'repeats an instruction'],
		['print(len(late))', 'the code itself'],
	])('%s', (text, why) => {
		expect(unfitAnswer(text, false, known)).toContain(why);
	});

	it.each(['38', 'The answer is 38.', 'late orders', 'Print the report and send it.'])(
		'is not this one: %s',
		(text) => {
			expect(unfitAnswer(text, false, known)).toBeUndefined();
		},
	);
});
