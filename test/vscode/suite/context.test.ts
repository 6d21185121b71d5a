import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { createCorpusReader } from '../../../src/context/corpus.ts';
import { CancelledError } from '../../../src/core/errors.ts';
import type { TextContext } from '../../../src/core/ports/context.ts';
import type { CollectedContext, ContextSource } from '../../../src/vscode/contextSource.ts';
import { bufferSource, selectionSource } from '../../../src/vscode/editorContext.ts';
import { workspaceSource } from '../../../src/vscode/workspaceContext.ts';
import { closeEditors, openEditor, typeAtStart, workspaceFile } from './support.ts';

const OPTIONS = {
	exclude: {},
	allowSecrets: [] as readonly string[],
	maxBytes: 1_000_000,
	onProgress: () => {},
	signal: new AbortController().signal,
};

async function collect(source: ContextSource, options: Partial<typeof OPTIONS> = {}): Promise<CollectedContext> {
	return source.collect({ ...OPTIONS, ...options });
}

function workspaceFolders(): readonly vscode.WorkspaceFolder[] {
	return vscode.workspace.workspaceFolders ?? [];
}

function firstText({ contexts }: CollectedContext): TextContext {
	const [context] = contexts;
	assert.ok(context && context.kind !== 'json');
	return context;
}

function lines(collected: CollectedContext, path: string, startLine: number, endLine: number): string | undefined {
	return createCorpusReader(collected.contexts).lines({ path, startLine, endLine }, 10_000);
}

describe('what a question is asked about', () => {
	afterEach(closeEditors);

	it('a workspace is every text file that no rule leaves out, in the order of its folders', async () => {
		const context = firstText(await collect(workspaceSource(workspaceFolders())));
		const paths = context.files.map(({ path }) => path);
		assert.deepEqual(paths, ['.gitignore', 'README.md', 'notes.txt', 'src/größe und maß.ts', 'src/retry.ts']);
		const leftOut = Object.fromEntries(context.leftOut.map(({ reason, examples }) => [reason, examples]));
		assert.deepEqual(leftOut, { ignored: ['build/', 'keys.secret'], binary: ['logo.bin'] });
	});

	it('secret files are left out for a reason of their own, whatever the folder says', async () => {
		const files = { 'vault/.rlmignore': '!.env\n', 'vault/.env': 'KEY=1\n', 'vault/test.env': 'KEY=2\n' };
		for (const [path, text] of Object.entries(files)) {
			await vscode.workspace.fs.writeFile(workspaceFile(path), new TextEncoder().encode(text));
		}
		try {
			const source = workspaceSource([{ uri: workspaceFile('vault'), name: 'vault', index: 0 }]);
			const context = firstText(await collect(source, { allowSecrets: ['test.env'] }));
			assert.deepEqual(
				context.files.map(({ path }) => path),
				['vault/.rlmignore', 'vault/test.env'],
			);
			assert.deepEqual(context.leftOut, [{ reason: 'secret', count: 1, examples: ['vault/.env'] }]);
			const named = await collect(bufferSource(await vscode.workspace.openTextDocument(workspaceFile('vault/.env'))));
			assert.match(named.warnings?.join() ?? '', /vault\/\.env may hold secrets/);
		} finally {
			await vscode.workspace.fs.delete(workspaceFile('vault'), { recursive: true });
		}
	});

	it('a folder of the workspace obeys the ignore files above it', async () => {
		const source = workspaceSource([{ uri: workspaceFile('below'), name: 'below', index: 0 }]);
		for (const name of ['a.secret', 'b.txt']) {
			await vscode.workspace.fs.writeFile(workspaceFile(`below/${name}`), new TextEncoder().encode('x'));
		}
		try {
			assert.deepEqual(
				firstText(await collect(source)).files.map(({ path }) => path),
				['below/b.txt'],
			);
		} finally {
			await vscode.workspace.fs.delete(workspaceFile('below'), { recursive: true });
		}
	});

	it('the exclude map leaves out more files, or takes back what is left out by default', async () => {
		const context = firstText(await collect(workspaceSource(workspaceFolders()), { exclude: { '**/*.md': true } }));
		assert.ok(!context.files.some(({ path }) => path === 'README.md'));
	});

	it('what is unsaved in an editor wins over the disk', async () => {
		const editor = await openEditor('README.md');
		await typeAtStart(editor, 'UNSAVED\n');
		const collected = await collect(workspaceSource(workspaceFolders()));
		assert.equal(lines(collected, 'README.md', 1, 1)?.trimEnd(), 'UNSAVED');
	});

	it('files beyond the limit are left out and named', async () => {
		const context = firstText(await collect(workspaceSource(workspaceFolders()), { maxBytes: 1_000 }));
		const over = context.leftOut.find(({ reason }) => reason === 'over-limit');
		assert.deepEqual(over?.examples, ['notes.txt']);
	});

	it('a workspace of 2,000 files is read whole', async () => {
		const many = workspaceFile('many');
		const bytes = new TextEncoder().encode('one line\n');
		const names = Array.from({ length: 2_000 }, (_, index) => `folder-${index % 40}/${index}.txt`);
		await Promise.all(names.map((name) => vscode.workspace.fs.writeFile(vscode.Uri.joinPath(many, name), bytes)));
		try {
			const context = firstText(await collect(workspaceSource(workspaceFolders())));
			const paths = new Set(context.files.map(({ path }) => path));
			assert.deepEqual(
				names.filter((name) => !paths.has(`many/${name}`)),
				[],
			);
		} finally {
			await vscode.workspace.fs.delete(many, { recursive: true });
		}
	});

	it('reading a workspace stops when it is cancelled', async () => {
		const controller = new AbortController();
		controller.abort();
		const reading = collect(workspaceSource(workspaceFolders()), { signal: controller.signal });
		await assert.rejects(reading, CancelledError);
	});

	it('every path leads back to its document', async () => {
		const collected = await collect(workspaceSource(workspaceFolders()));
		assert.equal(collected.uriOf('src/retry.ts')?.toString(), workspaceFile('src/retry.ts').toString());
		assert.equal(collected.uriOf('../outside'), undefined);
	});

	it('several folders are told apart by their names', async () => {
		const [folder] = workspaceFolders();
		assert.ok(folder);
		const twin = { ...folder, index: 1 };
		const context = firstText(await collect(workspaceSource([folder, twin])));
		const readmes = context.files.map(({ path }) => path).filter((path) => path.endsWith('README.md'));
		assert.deepEqual(readmes, [`${folder.name}/README.md`, `${folder.name}-2/README.md`]);
	});

	it('a folder has its own name, and paths that are those of the workspace', async () => {
		const source = workspaceSource([{ uri: workspaceFile('src'), name: 'src', index: 0 }]);
		assert.equal(source.label, 'folder src');
		assert.equal((await collect(source)).uriOf('src/retry.ts')?.toString(), workspaceFile('src/retry.ts').toString());
	});

	it('a folder without text says so of itself', async () => {
		const uri = workspaceFile('hollow');
		await vscode.workspace.fs.createDirectory(uri);
		const reading = collect(workspaceSource([{ uri, name: 'hollow', index: 0 }]));
		await assert.rejects(reading, /There is no text in the folder hollow\. It has no files\./);
		await vscode.workspace.fs.delete(uri);
	});

	it('a buffer is the text of the editor, saved or not', async () => {
		const editor = await openEditor('notes.txt');
		await typeAtStart(editor, 'NEW\n');
		const collected = await collect(bufferSource(editor.document));
		assert.equal(lines(collected, 'notes.txt', 1, 1)?.trimEnd(), 'NEW');
	});

	it('a selection keeps the line numbers of its document', async () => {
		const editor = await openEditor('notes.txt');
		editor.selection = new vscode.Selection(309, 0, 312, 0);
		const collected = await collect(selectionSource(editor));
		assert.match(lines(collected, 'notes.txt', 311, 311) ?? '', /ERROR 7411/);
		assert.equal(lines(collected, 'notes.txt', 5, 5), undefined);
	});

	it('several selections are several contexts', async () => {
		const editor = await openEditor('notes.txt');
		editor.selections = [new vscode.Selection(310, 0, 311, 0), new vscode.Selection(0, 0, 1, 0)];
		const { contexts, uriOf } = await collect(selectionSource(editor));
		assert.equal(contexts.length, 2);
		assert.equal(uriOf('notes.txt:311')?.toString(), editor.document.uri.toString());
	});
});
