import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { InputError } from '../../../src/core/errors.ts';
import { ChatStore, type StoredChat } from '../../../src/vscode/chat/chatStore.ts';
import { type Chip, chipId, chipLabel, likelyChips, sourceOfChips } from '../../../src/vscode/chat/chips.ts';
import { asMarkdown } from '../../../src/vscode/chat/exchangeActions.ts';
import { memento, openEditor, until, workspaceFile } from './support.ts';

const options = {
	exclude: {},
	allowSecrets: [],
	maxBytes: 1 << 20,
	onProgress() {},
	signal: new AbortController().signal,
};

/** Paths of the files that chips stand for, with their numbers of lines and their first lines. */
async function read(...chips: Chip[]): Promise<readonly (readonly [string, number, number])[]> {
	const { contexts } = await sourceOfChips(chips).collect(options);
	const texts = contexts.filter((context) => context.kind !== 'json');
	return texts.flatMap(({ files }) =>
		files.map(({ path, lineCount, firstLine }) => [path, lineCount, firstLine] as const),
	);
}

const exchange: StoredChat['turns'][number] = {
	id: 'r1',
	question: 'Why\nis that?',
	contextLabel: 'notes.txt',
	state: 'answered',
	progress: '',
	draft: '',
	answer: 'Because ![x](https://example.org/x.png)',
	citations: [
		{ path: 'notes.txt', startLine: 311, endLine: 311 },
		{ path: 'gone.txt', startLine: 1, endLine: 1, problem: 'There is no such file.', isMissing: true },
	],
	doubts: ['Rests on nothing that was read: It was 1895. (1895)'],
	notes: ['A note.'],
	figures: '1 iteration',
};
const stored: StoredChat = {
	version: 1,
	id: 'c1',
	title: 'Why',
	chips: [{ kind: 'workspace' }],
	turns: [exchange],
	memory: '{}',
	hasVariables: true,
};

describe('chat', () => {
	beforeEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));
	after(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

	it('takes what is selected, else the file in the editor, else the workspace', async () => {
		assert.deepEqual(likelyChips(), [{ kind: 'workspace' }]);
		const editor = await openEditor('notes.txt');
		const uri = workspaceFile('notes.txt').toString();
		assert.deepEqual(likelyChips(), [{ kind: 'file', uri }]);
		editor.selection = new vscode.Selection(309, 0, 310, 4);
		const [selected] = likelyChips();
		assert.ok(selected);
		assert.equal(chipLabel(selected), 'notes.txt:310-311');
		assert.deepEqual(await read(selected), [['notes.txt', 2, 310]]);
		assert.notEqual(chipId(selected), chipId({ kind: 'file', uri }));
	});

	it('reads a folder, open editors and problems', async () => {
		assert.ok(
			(await read({ kind: 'folder', uri: workspaceFile('src').toString() })).some(([path]) => path === 'src/retry.ts'),
		);
		for (const name of ['README.md', 'notes.txt']) {
			await vscode.window.showTextDocument(workspaceFile(name), { preview: false });
		}
		assert.deepEqual((await read({ kind: 'editors' })).map(([path]) => path).sort(), ['README.md', 'notes.txt']);
		const problems = vscode.languages.createDiagnosticCollection('deck');
		const range = new vscode.Range(2, 0, 2, 4);
		problems.set(workspaceFile('notes.txt'), [new vscode.Diagnostic(range, 'The lid\nis open')]);
		const { contexts } = await sourceOfChips([{ kind: 'problems' }]).collect(options);
		problems.dispose();
		const [context] = contexts;
		assert.ok(context && context.kind !== 'json');
		assert.match(Buffer.from(context.bytes).toString(), /^notes\.txt:3:1 error The lid is open$/m);
	});

	it('reads a buffer that was never saved, as long as it is open', async () => {
		const document = await vscode.workspace.openTextDocument({ content: 'never saved\n' });
		await vscode.window.showTextDocument(document);
		const chip: Chip = { kind: 'file', uri: document.uri.toString() };
		assert.deepEqual(
			(await read(chip)).map(([, lines]) => lines),
			[1],
		);
		await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
		await until(() => document.isClosed, 'the buffer to be closed');
		await assert.rejects(read(chip), InputError);
	});

	it('names a deleted file and one that is not text', async () => {
		for (const name of ['gone.txt', 'logo.bin']) {
			const reading = read({ kind: 'file', uri: workspaceFile(name).toString() });
			await assert.rejects(reading, (error) => error instanceof InputError && error.message.startsWith(name));
		}
	});

	it('says what is missing', async () => {
		await assert.rejects(read({ kind: 'editors' }), InputError);
		await assert.rejects(read({ kind: 'diff' }), InputError);
	});

	it('asks for consent before a folder or the workspace is read, alone or with others', () => {
		const file: Chip = { kind: 'file', uri: workspaceFile('notes.txt').toString() };
		assert.equal(sourceOfChips([file]).needsConsent, false);
		assert.equal(sourceOfChips([file, { kind: 'workspace' }]).needsConsent, true);
	});

	it('keeps conversations, and names the file of one that is damaged', async () => {
		const folder = vscode.Uri.joinPath(workspaceFile('.'), '..', 'chat-store');
		const storage = memento();
		const store = new ChatStore(folder, storage);
		await Promise.all([store.save(stored), store.save({ ...stored, id: 'c2', title: 'Other' })]);
		assert.deepEqual(
			store.list().map(({ id, title }) => `${id} ${title}`),
			['c2 Other', 'c1 Why'],
		);
		assert.deepEqual(await new ChatStore(folder, storage).read('c1'), stored);
		assert.equal(await store.read('c3'), undefined);
		const damaged = vscode.Uri.joinPath(folder, 'chats', 'c2.json');
		await vscode.workspace.fs.writeFile(damaged, new TextEncoder().encode('{"version":1'));
		await assert.rejects(store.read('c2'), (error) => error instanceof InputError && error.message.includes('c2.json'));
		await store.remove('c2');
		await store.remove('c2');
		assert.deepEqual([store.list().length, await store.read('c2')], [1, undefined]);
	});

	it('is exported as Markdown that loads nothing', () => {
		const text = asMarkdown({ title: 'Why', exchanges: [{ ...exchange, error: undefined }] });
		assert.match(text, /^# Why\n\n## Why is that\?\n\n\*notes\.txt\*\n\nBecause /);
		assert.match(
			text,
			/> A note\.\n\n- `notes\.txt:311`\n- ⚠ `gone\.txt:1`: There is no such file\.\n\n- ⚠ Rests on .* \(1895\)\n\n1 iteration\n$/,
		);
		assert.ok(!text.includes('!['));
	});
});
