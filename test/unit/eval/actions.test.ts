import { describe, expect, it } from 'vitest';
import { filesContext } from '../../../src/context/corpus.ts';
import { type Action, FileTools, parseAction } from '../../../src/eval/modes/actions.ts';
import { headOf } from '../../../src/eval/modes/direct.ts';

function treeOf(files: Readonly<Record<string, string>>) {
	const entries = Object.entries(files).map(([path, text]) => ({ path, bytes: new TextEncoder().encode(text) }));
	return filesContext({ label: 'tree', files: entries, leftOut: [] });
}

const tree = await treeOf({ 'src/a.py': 'one\ntwo\nthree\n', 'src/b.py': 'two\n', 'notes.md': '# ä Notes\n' });

async function perform(reply: string, characters = 1000): Promise<string> {
	const action = parseAction(reply);
	if (!action || action.kind === 'answer') throw new Error(`no step in ${reply}`);
	return new FileTools(tree).perform(action, characters);
}

describe('the actions of the files-agent', () => {
	it.each<[string, Action | undefined]>([
		['LIST', { kind: 'list', under: undefined }],
		['list src', { kind: 'list', under: 'src' }],
		['I will search first.\nGREP two', { kind: 'grep', pattern: 'two', paths: undefined }],
		['Action: GREP "two words" IN src', { kind: 'grep', pattern: 'two words', paths: ['src'] }],
		['`READ src/a.py 2-3`', { kind: 'read', path: 'src/a.py', from: 2, to: 3 }],
		['READ src/a.py lines 5 to 9', { kind: 'read', path: 'src/a.py', from: 5, to: 9 }],
		['READ src/a.py', { kind: 'read', path: 'src/a.py', from: 1, to: 200 }],
		['**ANSWER** 38', { kind: 'answer', text: '38' }],
		['ANSWER:\n- Cem\n- Fay', { kind: 'answer', text: '- Cem\n- Fay' }],
		['The list of them is long.\nRead on.', undefined],
		['', undefined],
	])('are read from %j', (reply, action) => {
		expect(parseAction(reply)).toEqual(action);
	});

	it('show paths, matches with their number, and lines', async () => {
		expect(await perform('LIST src')).toBe('src/a.py (3 lines)\nsrc/b.py (1 lines)');
		expect(await perform('GREP ^t')).toBe('3 lines match:\nsrc/a.py:2: two\nsrc/a.py:3: three\nsrc/b.py:1: two');
		expect(await perform('GREP two IN src/b.py')).toBe('1 lines match:\nsrc/b.py:1: two');
		expect(await perform('READ a.py 2-9')).toBe('src/a.py, lines 2 to 3 of 3:\ntwo\nthree');
	});

	it('say what cannot be done, and take a broken pattern as plain text', async () => {
		expect(await perform('READ missing.py')).toBe('There is no file missing.py.');
		expect(await perform('READ src/a.py 50')).toBe('src/a.py has 3 lines.');
		expect(await perform('LIST test')).toBe('There is nothing below test.');
		expect(await perform('GREP two IN test')).toBe('No file has such a path.');
		expect(await perform('GREP f(')).toMatch(/^The pattern was taken as plain text .*\nNo line matches\.$/);
		expect(await perform('GREP ^t', 10)).toBe('3 lines ma\n[cut: 54 more characters]');
	});
});

describe('the head of a context', () => {
	it('is all of it where there is room', () => {
		expect(headOf(tree, 1000)).toContain('===== notes.md =====\n# ä Notes');
	});

	it('ends with a whole line and says that the text goes on', () => {
		expect(headOf(tree, 30)).toBe(
			'===== src/a.py =====\none\ntwo\n\n[The text goes on: this is the beginning, 8 of 29 bytes.]',
		);
	});

	it('never cuts a character', async () => {
		const one = await treeOf({ x: 'ä'.repeat(50) });
		expect(headOf(one, 35)).not.toContain('\uFFFD');
	});
});
