import { describe, expect, test } from 'vitest';
import { Repetition } from '../../../src/models/repetition.ts';

/** Characters after which a reply counts as going nowhere; undefined when it never does. */
function cutAt(reply: string, promptLines = 5, size = 7): number | undefined {
	const repetition = new Repetition(() => promptLines);
	for (let end = size; end <= reply.length; end += size) {
		if (repetition.add(reply.slice(end - size, end))) return end;
	}
	return undefined;
}

const lines = (count: number, line: (index: number) => string) =>
	Array.from({ length: count }, (_, index) => `${line(index)}\n`).join('');

describe('a reply that goes nowhere', () => {
	test.each([
		['a phrase', 'and so on, '.repeat(2_000)],
		['a word', 'the '.repeat(2_000)],
		['a sentence as a line', lines(1_000, () => 'The context does not say who repaired the winch.')],
		['a label more often than the prompt has lines', lines(2_000, () => 'NO')],
		['blank lines', '\n'.repeat(3_000)],
		['a paragraph', `${lines(9, (index) => `Step ${index}: look at part ${index} of the text again.`)}\n`.repeat(60)],
		[
			'something after a good beginning',
			`${lines(40, (index) => `${index}: ${index * 7}`)}${'I think that '.repeat(400)}`,
		],
	])('is cut when it repeats %s', (_, reply) => {
		const at = cutAt(reply);
		expect(at).toBeGreaterThan(500);
		expect(at).toBeLessThan(9_000);
	});

	test('is cut however its pieces are split', () => {
		for (const size of [1, 3, 50, 1_000]) expect(cutAt('and so on, '.repeat(2_000), 5, size)).toBeDefined();
	});
});

describe('a reply that goes on', () => {
	test.each([
		['one label for each item', lines(400, () => 'NO'), 400],
		['numbered labels', lines(2_000, (index) => `${index}. NO`), 5],
		['a table of equal columns', lines(300, (index) => `| ${index} | 0 | 0 | 0 | 0 |`), 5],
		['a ruler', `Title\n${'='.repeat(120)}\nText`, 5],
		['code with a few equal lines', lines(8, () => '        self.assertEqual(parse(line), None)  # same again'), 5],
	])('is whole: %s', (_, reply, promptLines) => {
		expect(cutAt(reply, promptLines)).toBeUndefined();
	});
});
