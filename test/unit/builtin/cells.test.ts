import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { builtinPython } from '../../../scripts/builtin-python.ts';
import { cell } from '../../../src/builtin/cells.ts';
import type { ContextFacts } from '../../../src/builtin/conversation.ts';
import { nextStep } from '../../../src/builtin/plans.ts';
import { understand } from '../../../src/builtin/question.ts';

const FOLDER: ContextFacts = { kind: 'files', label: 'folder src' };
const QUESTIONS: readonly (readonly [question: string, context?: ContextFacts, output?: string])[] = [
	['How many functions start with "test" in Python files?'],
	['How many error lines with timeout are there?'],
	['List all imports'],
	['List all functions with `retry`'],
	['Which files mention `Budget`?'],
	['How many files are there?'],
	['How many words are there?'],
	['What is the largest file?'],
	['Where is `Budget.left` called in src/core?'],
	['Where is the oven capacity set in test files?'],
	['How does the oven planning work?'],
	['What does takeOrder do?'],
	['Compare src/prices.ts and src/ovens.ts'],
	['What is this project?'],
	['Why are late orders refused?'],
	['What could go wrong here, and where?'],
	['What changed in version 2.0?'],
	['Where are errors handled?'],
	['Where should I start reading?'],
	['List the public API'],
	['Which files deal with prices?'],
	['What are the dependencies?'],
	['Which ovens are there?'],
	['Which functions use priceOf?'],
	['How many rows are there?', { kind: 'text', label: 'sales.csv' }],
	['How many users are admin?', { kind: 'json', label: 'a value' }],
	['How often is zorbifax_one used?', FOLDER, 'nothing found: zorbifax_one'],
];

/** All Python that the plans write for a question until they hand in. */
function codeFor(question: string, context: ContextFacts, output: string): string {
	const outputs: string[] = [];
	let code = '';
	while (!code.includes('FINAL(') && outputs.length < 5) {
		code += `\n${nextStep(understand(question), context, outputs)?.code}`;
		outputs.push(output);
	}
	return code;
}

it('every cell of Python is used by a plan, and every plan finds its cells', () => {
	const code = QUESTIONS.map(([question, context = FOLDER, output = 'found']) => codeFor(question, context, output));
	const texts = JSON.parse(builtinPython().BUILTIN_PYTHON) as Record<string, string>;
	const names = Object.entries(texts).flatMap(([file, text]) =>
		[...text.matchAll(/^# %% (.+)$/gm)].map(([, name]) => `${path.parse(file).name}.${name}`),
	);
	const unused = names.filter((name) => !name.endsWith('.values') && !code.join('\n').includes(cell(name)));
	expect(names.length).toBeGreaterThan(40);
	expect(unused).toEqual([]);
});

it('a name that no file has is an error, not an empty cell', () => {
	expect(() => cell('where.nothing')).toThrow(RangeError);
});

it('a bundle carries the Python with it', async () => {
	const folder = await mkdtemp(path.join(tmpdir(), 'rlm-cells-'));
	try {
		const outfile = path.join(folder, 'cells.mjs');
		const entry = new URL('../../../src/builtin/cells.ts', import.meta.url).pathname;
		await build({
			entryPoints: [entry],
			outfile,
			bundle: true,
			platform: 'node',
			format: 'esm',
			define: builtinPython(),
		});
		const bundled = (await import(pathToFileURL(outfile).href)) as { cell: typeof cell };
		expect(bundled.cell('common.hand_in')).toBe(cell('common.hand_in'));
	} finally {
		await rm(folder, { recursive: true });
	}
});
