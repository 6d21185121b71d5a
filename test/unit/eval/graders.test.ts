import { describe, expect, it } from 'vitest';
import { type Grade, type GradedTask, grade } from '../../../src/eval/graders/grade.ts';
import type { Gold, Grader } from '../../../src/eval/tasks/task.ts';
import { neverAborted } from '../../support/signals.ts';

function graded(answer: string, gold: Gold, grader: Grader, question = 'What is it?'): Promise<Grade> {
	const task: GradedTask = { id: 'task', question, gold, grader };
	const judge = () => Promise.reject(new Error('no judge was to be asked'));
	return grade(task, answer, judge, neverAborted);
}

async function isRight(...[answer, gold, grader, question]: Parameters<typeof graded>): Promise<boolean> {
	return (await graded(answer, gold, grader, question)).isCorrect;
}

describe('the grader "exact"', () => {
	it.each([
		'Paris',
		' paris. ',
		'**Paris**',
		'Answer: Paris',
		'The answer is "Paris".',
		'I looked.\nFinal answer: Paris',
	])('takes %j', async (answer) => expect(await isRight(answer, 'Paris', { kind: 'exact' })).toBe(true));

	it.each(['Paris or Rome', 'Not Paris', 'Par', ''])('refuses %j', async (answer) =>
		expect(await isRight(answer, 'Paris', { kind: 'exact' })).toBe(false),
	);

	it('takes any text of a list', async () =>
		expect(await isRight('NYC', ['New York', 'NYC'], { kind: 'exact' })).toBe(true));
});

describe('the grader "number"', () => {
	const question = 'How many of the 200 orders have the status FAILED?';

	it.each([
		'38',
		'38.',
		'**38**',
		'There are 38.',
		'38 of the 200 orders',
		'Of 200 orders, 38 failed.',
		'I counted 40 and 2 were wrong.\nAnswer: 38',
	])('reads 38 in %j', async (answer) => expect(await isRight(answer, 38, { kind: 'number' }, question)).toBe(true));

	it.each(['37', '38 or 39', '380', 'between 30 and 38', 'v38', '3 8', 'none', '-38'])(
		'does not read 38 in %j',
		async (answer) => expect(await isRight(answer, 38, { kind: 'number' }, question)).toBe(false),
	);

	it('reads separators of thousands, decimals and signs', async () => {
		expect(await isRight('The total is 11,951.', 11951, { kind: 'number' })).toBe(true);
		expect(await isRight('-2.5 degrees', -2.5, { kind: 'number' })).toBe(true);
		expect(await isRight('2.3456', 2.34567, { kind: 'number', tolerance: 0.001 })).toBe(true);
	});

	it('scores by distance as OOLONG does', async () => {
		expect(await graded('36', 38, { kind: 'number' })).toMatchObject({ isCorrect: false, score: 0.75 ** 2 });
		expect((await graded('no number at all', 38, { kind: 'number' })).score).toBe(0);
	});
});

describe('the grader "choice"', () => {
	const grader: Grader = { kind: 'choice', choices: ['more common', 'less common', 'equally common'] };

	it('takes the one choice that is named', async () => {
		expect(await isRight('It is **less common**.', 'less common', grader)).toBe(true);
		expect(await isRight('It is less common.', 'more common', grader)).toBe(false);
	});

	it('lets the last line decide between several, and takes no answer that names two', async () => {
		expect(await isRight('Is it more common or less common?\nAnswer: less common', 'less common', grader)).toBe(true);
		expect(await isRight('more common or less common', 'less common', grader)).toBe(false);
	});
});

describe('the grader "contains"', () => {
	it('takes whole words only, and no answer that names a wrong one too', async () => {
		const grader: Grader = { kind: 'contains', not: ['ash-owl-11'] };
		expect(await isRight('The code is Jade-Crane-41.', 'jade-crane-41', grader)).toBe(true);
		expect(await isRight('jade-crane-412', 'jade-crane-41', grader)).toBe(false);
		expect(await isRight('jade-crane-41 or ash-owl-11', 'jade-crane-41', grader)).toBe(false);
	});

	it('gives part of the score for part of the texts', async () => {
		expect(await graded('red and blue', ['red', 'green'], { kind: 'contains' })).toMatchObject({
			isCorrect: false,
			score: 0.5,
		});
	});
});

describe('the grader "set"', () => {
	const gold = ['Cem', 'Fay', 'Gus'];

	it.each([
		'Cem, Fay, Gus',
		'- Gus\n- Cem\n- Fay',
		'["Fay", "Gus", "Cem"]',
		'The authors are:\n1. Cem\n2. Fay\n3. Gus',
		'Cem, Fay and Gus',
	])('takes %j', async (answer) => expect(await isRight(answer, gold, { kind: 'set' })).toBe(true));

	it('scores what is missing and what is too much by F1', async () => {
		expect((await graded('Cem, Fay', gold, { kind: 'set' })).score).toBeCloseTo(0.8);
		expect((await graded('Cem, Fay, Gus, Ana', gold, { kind: 'set' })).score).toBeCloseTo(6 / 7);
	});

	it('reads names out of prose when it knows all that there are', async () => {
		const grader: Grader = { kind: 'set', among: [...gold, 'Ana', 'Bo'] };
		expect(await isRight('Three are bad: the one by Cem, what Fay wrote, and that of Gus.', gold, grader)).toBe(true);
		expect(await isRight('All of them: Ana, Bo, Cem, Fay, Gus', gold, grader)).toBe(false);
	});
});

describe('the grader "pairs"', () => {
	const gold: Gold = [
		['11', '22'],
		['11', '33'],
	];

	it.each(['(11, 22)\n(33, 11)', '["11", "22"], ["11", "33"]', '11, 22\n11, 33', '- 22 & 11\n- 11-33'])(
		'takes %j',
		async (answer) => expect(await isRight(answer, gold, { kind: 'pairs' })).toBe(true),
	);

	it('takes an answer without pairs where there are none, and scores the rest by F1', async () => {
		expect(await isRight('none', [], { kind: 'pairs' })).toBe(true);
		expect((await graded('(11, 22)', gold, { kind: 'pairs' })).score).toBeCloseTo(2 / 3);
	});
});

describe('the grader "paths"', () => {
	it.each(['src/core/retry.ts', '`core/retry.ts:41`', 'It is computed in /home/me/src/core/retry.ts.', 'retry.ts'])(
		'takes %j',
		async (answer) => expect(await isRight(answer, ['src/core/retry.ts'], { kind: 'paths' })).toBe(true),
	);

	it('takes neither another file of a similar name nor a list of everything', async () => {
		expect(await isRight('src/core/noretry.ts', ['src/core/retry.ts'], { kind: 'paths' })).toBe(false);
		expect(await isRight('retry.ts, a.ts, b.ts, c.ts', ['src/core/retry.ts'], { kind: 'paths' })).toBe(false);
	});

	it('scores by recall', async () => {
		expect((await graded('a/x.py', ['a/x.py', 'b/y.py'], { kind: 'paths' })).score).toBe(0.5);
	});
});

describe('the grader "absent"', () => {
	it.each([
		'Not in the text.',
		'The text does not say who it was.',
		'There is no information about it.',
		"It isn't mentioned.",
		'Das wird im Text nicht erwähnt, also: nicht im Text.',
		'The code could not be found.',
	])('takes %j', async (answer) => expect(await isRight(answer, '', { kind: 'absent' })).toBe(true));

	it.each(['jade-crane-41', 'Wilk repaired it.', 'It is probably in the harbour.'])('refuses %j', async (answer) =>
		expect(await isRight(answer, '', { kind: 'absent' })).toBe(false),
	);
});

describe('the grader "judged"', () => {
	const task: GradedTask = {
		id: 'task',
		question: 'Why?',
		gold: 'Because of rain.',
		grader: { kind: 'judged', model: 'referee' },
	};

	it('asks the model that the task names, and believes it', async () => {
		const asked: (string | undefined)[] = [];
		const says = (text: string) => (prompt: string, model: string | undefined) => {
			asked.push(model, prompt);
			return Promise.resolve(text);
		};
		expect(await grade(task, 'It rained.', says('**Right**'), neverAborted)).toMatchObject({ isCorrect: true });
		expect(await grade(task, 'It snowed.', says('wrong.'), neverAborted)).toMatchObject({ isCorrect: false });
		expect(asked[0]).toBe('referee');
		expect(asked[1]).toContain('Because of rain.');
	});

	it('has no grade when the judge says neither', async () => {
		await expect(grade(task, 'It rained.', async () => 'right or wrong', neverAborted)).rejects.toThrow(
			/neither right nor wrong/,
		);
	});
});

it('says so when the gold does not fit the grader', async () => {
	await expect(graded('1', 'many', { kind: 'number' })).rejects.toThrow(
		/task task: gold: the grader "number" needs a number/,
	);
	await expect(graded('1', 'many', { kind: 'pairs' })).rejects.toThrow(/needs a list of pairs/);
});
