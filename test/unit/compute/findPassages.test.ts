import { afterAll, describe, expect, it } from 'vitest';
import { computeScript } from '../../../src/assets.ts';
import { Compute } from '../../../src/compute/compute.ts';
import { passageFinder } from '../../../src/compute/passageFinder.ts';
import { filesContext, jsonContext, textContext } from '../../../src/context/corpus.ts';
import type { Context } from '../../../src/core/ports/context.ts';

const compute = new Compute(computeScript);
afterAll(() => compute.dispose());

const { signal } = new AbortController();
const NETS = 'The harbour was calm and the crew mended nets all day long.\n';

function find(contexts: readonly Context[], question: string, count = 3, characters = 200) {
	return passageFinder(compute).find(contexts, question, { count, characters }, signal);
}

const text = (path: string, content: string, firstLine = 1) =>
	textContext({ label: path, path, text: content, firstLine });

describe('the passages that fit a question', () => {
	it('are all of a short text, as it is', async () => {
		expect(await find([await text('a.txt', 'alpha\nbeta\n')], 'Where is beta?')).toEqual([
			{ path: 'a.txt', text: 'alpha\nbeta' },
		]);
	});

	it('are found in a long one, cut around the line that fits, and numbered as in the file', async () => {
		const log = `${NETS.repeat(300)}On 9 March Wilk repaired the winch.\n${NETS.repeat(300)}`;
		const [first, ...others] = await find([await text('log.txt', log, 101)], 'Who repaired the winch?');
		expect(first).toMatchObject({ path: 'log.txt' });
		const lines = first?.text.split('\n') ?? [];
		expect(lines[401 - (first?.line ?? 0)]).toBe('On 9 March Wilk repaired the winch.');
		expect(first?.text.length).toBeLessThanOrEqual(200);
		expect(others).toEqual([]); // what fits much worse is left out
	});

	it('come from all contexts, the best first, and none from values', async () => {
		const files = await filesContext({
			label: 'two',
			files: [
				{ path: 'a/nets.md', bytes: Buffer.from(NETS.repeat(40)) },
				{ path: 'b/winch.md', bytes: Buffer.from(`${NETS.repeat(40)}The winch was repaired by Wilk.\n`) },
			],
			leftOut: [],
		});
		const other = await text('other.txt', `${NETS.repeat(40)}Somebody repaired it.\n`);
		const found = await find([jsonContext('value', { winch: 'repaired' }), other, files], 'Who repaired the winch?');
		expect(found[0]).toMatchObject({ path: 'b/winch.md' });
		expect(found[0]?.text).toContain('repaired by Wilk');
	});

	it('are none of nothing', async () => {
		expect(await find([jsonContext('value', 1)], 'Who?')).toEqual([]);
	});

	it('are cut where a line is endless', async () => {
		const [found] = await find([await text('min.js', `var winch=1;${'x'.repeat(100_000)}`)], 'What is the winch?');
		expect(found?.text).toHaveLength(200);
	});
});
