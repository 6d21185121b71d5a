// Strict runs: what of an answer does not hold goes back to the model. Only the words of the model are scripted.
import { afterEach, describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/core/request.ts';
import { block, engineOver, observe, startModelThatSays } from '../support/runs.ts';

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
	for (const close of closing.splice(0).reverse()) await close();
});

const WRONG = 'It begins with "omega" (notes.txt:1).';
const RIGHT = 'It begins with "alpha" (notes.txt:1).';
const LOOK = block('print(context)');
const hands = (answer: string) => block(`FINAL('''${answer}''')`);

async function ask(
	replies: readonly string[],
	{ mode = 'explore', strict = true, iterations = 8 } = {},
): Promise<{ result: RunResult; told: readonly string[] }> {
	const model = await startModelThatSays(replies);
	closing.push(() => model.stop());
	const engine = engineOver([model.settings('gpu')], { mode, strictEvidence: strict });
	closing.push(() => engine.dispose());
	const run = await observe(engine, { limits: { iterations } });
	return { result: await run.ended, told: model.requests.map(({ text }) => text) };
}

describe('a strict run', () => {
	it('has the model mend what does not hold', async () => {
		const { result, told } = await ask([LOOK, hands(WRONG), hands(RIGHT)]);
		expect(result).toMatchObject({ outcome: 'answered', found: true, answer: RIGHT, iterations: 3 });
		expect(result.citations).toMatchObject([{ check: 'exact', quoted: 'alpha' }]);
		expect(told.at(-1)).toContain('notes.txt:1 "omega" (not found in the text)');
	});

	it('names sentences that rest on nothing', async () => {
		const { result, told } = await ask([LOOK, hands('There are 4711 letters.'), hands('There are some letters.')]);
		expect(result.answer).toBe('There are some letters.');
		expect(told.at(-1)).toContain('"There are 4711 letters." (nothing that was read says 4711)');
	});

	it('ends with a model that never mends, and marks what does not hold', async () => {
		const { result } = await ask([LOOK, hands(WRONG), hands(`${WRONG} Really.`), hands(`${WRONG} Indeed.`)]);
		expect(result).toMatchObject({ outcome: 'answered', answer: `${WRONG} Indeed.`, iterations: 4 });
		expect(result.citations).toMatchObject([{ check: 'not-found', fault: 'other-text', quoted: 'omega' }]);
	});

	it('takes the answer when no iteration is left to mend it in', async () => {
		const { result } = await ask([LOOK, hands(WRONG)], { iterations: 2 });
		expect(result).toMatchObject({ outcome: 'answered', answer: WRONG });
	});

	it('mends the answer of a direct call', async () => {
		const { result, told } = await ask([WRONG, RIGHT], { mode: 'direct' });
		expect(result).toMatchObject({ outcome: 'answered', mode: 'direct', answer: RIGHT, iterations: 2 });
		expect(told.at(-1)).toContain('omega');
	});
});

it('without strictness an answer is taken and marked', async () => {
	const { result } = await ask([LOOK, hands(WRONG)], { strict: false });
	expect(result).toMatchObject({ outcome: 'answered', answer: WRONG, iterations: 2 });
	expect(result.citations).toMatchObject([{ check: 'not-found', quoted: 'omega' }]);
});
