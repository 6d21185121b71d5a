import { describe, expect, it } from 'vitest';
import { CorpusDesk } from '../../../src/sandbox/guest/corpusDesk.ts';
import { filesOf } from '../../support/sandboxes.ts';

const desk = new CorpusDesk([filesOf({ 'src/a.ts': 'alpha\n', 'src/b.py': 'beta\n' })], () => new Uint8Array());

function ask(op: string, question: string): unknown {
	const reply = desk.answers.get(op)?.({}, Buffer.from(question));
	return JSON.parse(Buffer.concat(reply?.parts ?? []).toString());
}

const match = (...paths: readonly string[]) => ask('match', JSON.stringify({ paths }));

describe('the corpus desk', () => {
	it('knows paths, folders and globs with alternatives', () => {
		expect(match('src/a.ts', 'src/b.py')).toEqual(['src/a.ts', 'src/b.py']);
		expect(match('src')).toEqual(['src/a.ts', 'src/b.py']);
		expect(match('*.{ts,tsx}')).toEqual(['src/a.ts']);
		expect(() => match('src/a.ts', 'src/c.py')).toThrow('no file of the context matches "src/c.py"');
	});

	it('makes nothing of a question that would be many times as large as its text', () => {
		const objects = `{"paths":[${'{},'.repeat(200_000)}{}]}`;
		expect(() => ask('match', objects)).toThrow('too many lists and objects');
		expect(() => ask('grep', '['.repeat(100_000) + ']'.repeat(100_000))).toThrow('nested too deeply');
	});

	it('refuses braces that multiply', () => {
		expect(() => match('{a,b}'.repeat(40))).toThrow('alternatives');
		const manyOfOne = `src/{a,${'x,'.repeat(200)}b}.ts`;
		expect(match(manyOfOne)).toEqual(['src/a.ts']);
		expect(() => match(...Array.from({ length: 100 }, () => manyOfOne))).toThrow('alternatives');
	});
});
