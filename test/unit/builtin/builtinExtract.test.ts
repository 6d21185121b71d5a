import { describe, expect, it } from 'vitest';
import {
	answerPrompt,
	EXTRACT_INSTRUCTION,
	NOTHING,
	QUOTED,
	SUMMARY_INSTRUCTION,
} from '../../../src/builtin/extract.ts';
import { splitPassages, unitsOf } from '../../../src/builtin/passages.ts';

const NOTE = '(note)';
const HARBOUR = `=== town/harbour.md:10
# The harbour

The harbour was built in 1894. Its lighthouse has 212 steps, because the cliff
is too steep for a road. The keeper was Ada Brandt.

=== src/retry.ts:40
import { delay } from './delay.ts';
/** Waits longer after every failure, so that a busy server is left alone. */
export const backOff = (failures: number) => delay(2 ** failures * 100);
`;

function ownPrompt(question: string, instruction = EXTRACT_INSTRUCTION): string {
	return `<passages>\n${HARBOUR}</passages>\n\n<question>\n${question}\n</question>\n\n${instruction}`;
}

/** The best quote of a reply to a prompt of the engine itself. */
function firstQuote(reply: string): string {
	const [mark, quote = ''] = reply.split('\n');
	expect(mark).toBe(QUOTED);
	return quote;
}

describe('a sub-call of the engine itself', () => {
	it.each([
		[
			'How many steps does the lighthouse have?',
			'town/harbour.md:12: Its lighthouse has 212 steps, because the cliff is too steep for a road.',
		],
		['Who was the keeper?', 'town/harbour.md:13: The keeper was Ada Brandt.'],
		[
			'Why does it wait after a failure?',
			'src/retry.ts:41: Waits longer after every failure, so that a busy server is left alone.',
		],
		['What is backOff?', 'src/retry.ts:42: export const backOff = (failures: number) => delay(2 ** failures * 100);'],
	])('quotes the line that answers %j, with its place', (question, quote) => {
		expect(firstQuote(answerPrompt(ownPrompt(question), NOTE))).toBe(quote);
	});

	it('says that nothing is found instead of quoting something', () => {
		expect(answerPrompt(ownPrompt('Which penguins live in Antarctica?'), NOTE)).toBe(`${QUOTED}\n${NOTHING}`);
	});

	it('quotes whole sentences for a summary', () => {
		const reply = answerPrompt(ownPrompt('What is this?', SUMMARY_INSTRUCTION), NOTE);
		expect(reply).toContain('src/retry.ts:41: Waits longer after every failure, so that a busy server is left alone.');
		expect(reply).not.toContain('import');
	});
});

describe('a sub-call in other words', () => {
	const text = 'The harbour was built in 1894.\nIts lighthouse has 212 steps.\nThe keeper was Ada Brandt.';

	it.each([
		['a label', `Who was the keeper?\n\nText:\n${text}`],
		['a fence', `Answer this question: who was the keeper?\n\`\`\`\n${text}\n\`\`\``],
		['tags', `<text>\n${text}\n</text>\n\nWho was the keeper?`],
		['the question at the end', `${text}\n\nWho was the keeper?`],
		['the question at the start', `Who was the keeper?\n\n${text}`],
	])('tells instruction from text by %s', (_shape, prompt) => {
		expect(answerPrompt(prompt, NOTE)).toBe(`The keeper was Ada Brandt.\n\n${NOTE}`);
	});

	it('answers yes or no by the words of one sentence', () => {
		expect(answerPrompt(`Was the harbour built in 1894? Answer yes or no.\n\nText:\n${text}`, NOTE)).toMatch(/^Yes/);
		expect(answerPrompt(`Was the airport sold in 2001? Answer yes or no.\n\nText:\n${text}`, NOTE)).toMatch(/^No/);
	});

	it('counts what is quoted, and lines', () => {
		expect(answerPrompt(`How often does "was" occur?\n\nText:\n${text}`, NOTE)).toMatch(/^2 /);
		expect(answerPrompt(`Count the lines.\n\nText:\n${text}`, NOTE)).toMatch(/^3 lines/);
	});

	it('labels lines by the words of the labels, and admits what it cannot tell', () => {
		const lines = 'The weather is sunny weather.\nA sport for all.\nNothing of the kind.';
		const reply = answerPrompt(`Classify each line as one of: weather, sport\n\nText:\n${lines}`, NOTE);
		expect(reply.split('\n').slice(0, 3)).toEqual([
			'weather: The weather is sunny weather.',
			'sport: A sport for all.',
			'unknown: Nothing of the kind.',
		]);
	});

	it('says what answered, and that a prompt without a text has none', () => {
		expect(answerPrompt('Tell me a joke', NOTE)).toBe(
			`There is no text in this prompt to take an answer from.\n\n${NOTE}`,
		);
	});
});

describe('sentences and lines of a passage', () => {
	it('joins the lines of a comment and keeps code apart', () => {
		const text = '=== a.ts:7\n/**\n * Adds two numbers, which is\n * easy.\n */\nconst sum = (a, b) => a + b;';
		expect(splitPassages(text).flatMap(unitsOf)).toEqual([
			{ path: 'a.ts', line: 8, text: 'Adds two numbers, which is easy.', isProse: true },
			{ path: 'a.ts', line: 11, text: 'const sum = (a, b) => a + b;', isProse: false },
		]);
	});

	it('treats a log record as one line', () => {
		const text = '=== a.log:3\n2024-05-02 02:20:31 ERROR oven 2 failed\n2024-05-02 02:20:32 INFO oven 3 is fine today';
		expect(
			splitPassages(text)
				.flatMap(unitsOf)
				.map(({ line }) => line),
		).toEqual([3, 4]);
	});

	it('numbers a text without a name from one', () => {
		expect(splitPassages('one\ntwo')).toEqual([{ path: '', firstLine: 1, lines: ['one', 'two'] }]);
	});
});
