import { afterAll, describe, expect, it } from 'vitest';
import type { CellResult } from '../../src/core/ports/sandbox.ts';
import { createSandboxes, filesOf, runCell, sandboxOptions } from '../support/sandboxes.ts';
import { neverAborted } from '../support/signals.ts';

const factory = createSandboxes();
afterAll(() => factory.dispose());

async function run(...cells: string[]): Promise<CellResult> {
	const sandbox = await factory.create(
		sandboxOptions({ contexts: [filesOf({ 'a.txt': 'one\ntwo\n' }, 'text')] }),
		neverAborted,
	);
	try {
		for (const code of cells.slice(0, -1)) await runCell(sandbox, code);
		return await runCell(sandbox, cells.at(-1) ?? '');
	} finally {
		await sandbox.dispose();
	}
}

describe('the ways in which small models hand in', () => {
	it.each([
		['final(found)', '[1, 2]'],
		['Final(found)', '[1, 2]'],
		['final_answer(found)', '[1, 2]'],
		['answer(found)', '[1, 2]'],
		['final_var("found")', '[1, 2]'],
		['FINAL(answer=found)', '[1, 2]'],
		["FINAL(var='found')", '[1, 2]'],
		['from library_name import final\nfinal(found)', '[1, 2]'],
		['from rlm.tools import FINAL, llm_query\nFINAL(found)', '[1, 2]'],
	])('%s', async (code, answer) => {
		expect(await run('found = [1, 2]', code)).toMatchObject({ final: { text: answer } });
	});

	it('take a function of the model under such a name back, and leave its variables', async () => {
		const redefined = await run('def final(items):\n    print(items)\nfinal([1])');
		expect(redefined.notices.join()).toContain('`final` is provided');
		expect(await run('def final(items):\n    print(items)', 'final([1])')).toMatchObject({ final: { text: '[1]' } });
		expect(await run('final = [3]', 'print(final)')).toMatchObject({ stdout: '[3]\n' });
	});

	it('explain an import that neither exists nor is of ours', async () => {
		expect((await run('from library_name import solve')).error?.type).toBe('ModuleNotFoundError');
	});
});

describe('the source of an expression', () => {
	const data = "people = [{'name': 'Ann'}, {'name': 'Bo'}]\nby_name = 2";

	it.each([
		[`FINAL("people[0]['name']")`, 'Ann'],
		['FINAL("len(people)")', '2'],
		["FINAL('by_name')", '2'],
		[`FINAL_VAR("people[1]['name']")`, 'Bo'],
		['FINAL("[p[\'name\'] for p in people]")', "['Ann', 'Bo']"],
	])('is evaluated: %s', async (code, answer) => {
		expect((await run(data, code)).final?.text).toBe(answer);
	});

	it.each([
		['FINAL("context_0.files[0].path")', "'str' object has no attribute 'files'"],
		['FINAL("people[7]")', 'list index out of range'],
		[`FINAL("llm_query('q')")`, 'it is a call'],
	])('that has no value is refused, with the line to write next: %s', async (code, why) => {
		const result = await run(data, code);
		expect(result.final).toBeUndefined();
		expect(result.notices.join()).toContain(why);
		expect(result.notices.join()).toMatch(/print\(.*\)$/);
	});

	it.each([
		'src/core/retry.ts',
		'retry.ts',
		'json.loads',
		'people',
		'os.path.join(root, name)',
		'42',
		'Ann and Bo',
		'[1, 2]',
	])('is not seen in an ordinary answer: %s', async (answer) => {
		expect((await run(data, `FINAL(${JSON.stringify(answer)})`)).final?.text).toBe(answer);
	});
});
