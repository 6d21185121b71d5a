import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { type ScriptedServer, startScriptedServer } from '../../support/scriptedServer.ts';
import { closeEditors, setSetting, workspaceFile } from './support.ts';

const TYPESCRIPT = `export class Valve {
	open(): string {
		return hiss(
			'open',
		);
	}
}

export function hiss(what: string): string {
	return what +
		'!';
}
`;
const PYTHON = `class Valve:
    def open(self):
        return hiss(
            'open')


def hiss(what):
    return what \\
        + '!'
`;

const LIDS = `class Lid:

    @property
    def lid(self):
        return self._lid
    @lid.setter
    def lid(self, lid):
        self._lid = lid
`;

/**
 * A small language server for TypeScript, because the test hosts come without one: it knows functions by their name.
 * It stands where a language's extension stands, behind the same API.
 */
function startLanguageServer(): vscode.Disposable {
	const selector = { language: 'typescript', pattern: '**/valve.ts' };
	const rangesOf = (document: vscode.TextDocument, position: vscode.Position) => {
		const name = document.getText(document.getWordRangeAtPosition(position));
		return [...document.getText().matchAll(new RegExp(`\\b${name}\\b`, 'g'))].map(
			({ index }) => new vscode.Range(document.positionAt(index), document.positionAt(index + name.length)),
		);
	};
	const symbol = (name: string, kind: vscode.SymbolKind, from: number, to: number, column: number) =>
		new vscode.DocumentSymbol(
			name,
			'',
			kind,
			new vscode.Range(from, 0, to, 1),
			new vscode.Range(from, column, from, column + name.length),
		);
	return vscode.Disposable.from(
		vscode.languages.registerDocumentSymbolProvider(selector, {
			provideDocumentSymbols() {
				const valve = symbol('Valve', vscode.SymbolKind.Class, 0, 6, 13);
				valve.children.push(symbol('open', vscode.SymbolKind.Method, 1, 5, 1));
				return [valve, symbol('hiss', vscode.SymbolKind.Function, 8, 11, 16)];
			},
		}),
		vscode.languages.registerReferenceProvider(selector, {
			provideReferences: (document, position) =>
				rangesOf(document, position).map((range) => new vscode.Location(document.uri, range)),
		}),
		vscode.languages.registerDefinitionProvider(selector, {
			provideDefinition: (document, position) =>
				rangesOf(document, position)
					.filter(({ start }) => document.lineAt(start).text.startsWith('export'))
					.map((range) => new vscode.Location(document.uri, range)),
		}),
	);
}

/** Titles of the lenses over a document, resolved, by line from 1. */
async function lenses(uri: vscode.Uri): Promise<Map<number, string>> {
	const found = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri, 100);
	const ours = found.filter(({ command }) => command?.command.startsWith('rlm.') || command?.command === '');
	return new Map(
		ours.map(({ range, command }, index) => [index === 0 ? 0 : range.start.line + 1, command?.title ?? '']),
	);
}

async function open(name: string, content: string): Promise<vscode.TextEditor> {
	const uri = workspaceFile(`src/${name}`);
	await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(content));
	return vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
}

describe('summaries over code', () => {
	let models: ScriptedServer;
	let prompts: string[] = [];
	let answer: (prompt: string) => string;

	before(async () => {
		models = await startScriptedServer({
			kind: 'openai',
			models: [{ name: 'scripted', contextTokens: 64_000 }],
			script: ({ messages }) => {
				const prompt = messages.map(({ content }) => content).join('\n');
				prompts.push(prompt);
				return { text: answer(prompt) };
			},
		});
		await setSetting('servers', [
			{ id: 'gpu-1', kind: 'openai', url: models.url, models: ['scripted'], contextLength: 64_000 },
		]);
		await setSetting('codeLens.enabled', true);
	});
	after(async () => {
		await setSetting('codeLens.enabled', undefined);
		await setSetting('servers', undefined);
		await models.stop();
		for (const name of ['valve.ts', 'valve.py', 'lid.py'])
			await vscode.workspace.fs.delete(workspaceFile(`src/${name}`));
	});
	beforeEach(() => {
		prompts = [];
		answer = (prompt) => (prompt.includes('`hiss`') ? 'Adds a bang. **More**.' : 'Opens the valve. It hisses.');
	});
	afterEach(async () => {
		await vscode.commands.executeCommand('rlm.clearSummaries');
		await closeEditors();
	});

	it('stand as lenses over the file, its classes, methods and functions in TypeScript', async () => {
		const { document } = await open('valve.ts', TYPESCRIPT);
		let found = new Map<number, string>();
		for (let tries = 0; tries < 40 && found.size < 4; tries++) found = await lenses(document.uri);
		assert.deepEqual(
			[...found],
			[
				[0, '$(sparkle) Summarize file'],
				[1, '$(sparkle) Summarize'],
				[2, '$(sparkle) Summarize'],
				[9, '$(sparkle) Summarize'],
			],
		);
	});

	it('stand over Python too, and wherever there is no language server', async () => {
		const { document } = await open('valve.py', PYTHON);
		assert.deepEqual([...(await lenses(document.uri)).keys()], [0, 1, 2, 7]);
	});

	it('are made by a click from the code and its uses, kept, shown in title and hover, and marked when stale', async () => {
		const editor = await open('valve.ts', TYPESCRIPT);
		const { uri } = editor.document;
		const text = await vscode.commands.executeCommand<string>('rlm.summarizeSymbol', uri, 'hiss');
		assert.equal(text, 'Adds a bang. **More**.');
		assert.equal(prompts.length, 1);
		assert.match(prompts[0] ?? '', /function hiss/);
		assert.equal((await lenses(uri)).get(9), '$(sparkle) Adds a bang.');

		const position = new vscode.Position(8, 17);
		const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', uri, position);
		const shown = hovers.flatMap(({ contents }) => contents.map((part) => (part as vscode.MarkdownString).value));
		assert.ok(
			shown.some((part) => part.includes('Adds a bang. **More**.')),
			JSON.stringify(shown),
		);

		await editor.edit((edit) => edit.replace(new vscode.Range(10, 2, 10, 5), "'?'"));
		assert.equal((await lenses(uri)).get(9), '$(history) Changed since: Adds a bang.');
		await vscode.commands.executeCommand('undo');
		assert.equal((await lenses(uri)).get(9), '$(sparkle) Adds a bang.');
		assert.equal(prompts.length, 1);
	});

	it('read the places that use the symbol', async () => {
		const { document } = await open('valve.ts', TYPESCRIPT);
		const languageServer = startLanguageServer();
		await vscode.commands.executeCommand('rlm.summarizeSymbol', document.uri, 'hiss');
		languageServer.dispose();
		assert.match(prompts[0] ?? '', /src\/valve\.ts \(use in line 3\)/);
	});

	it('are made for a whole file at once, and only for what has none yet', async () => {
		const { document } = await open('valve.ts', TYPESCRIPT);
		await vscode.commands.executeCommand('rlm.summarizeSymbol', document.uri, 'hiss');
		assert.equal(await vscode.commands.executeCommand('rlm.summarizeFile'), 3);
		assert.deepEqual(
			[...(await lenses(document.uri)).values()],
			[
				'$(sparkle) Opens the valve.',
				'$(sparkle) Opens the valve.',
				'$(sparkle) Opens the valve.',
				'$(sparkle) Adds a bang.',
			],
		);
	});

	it('that fail say so over the code, and can be tried again', async () => {
		const { document } = await open('valve.ts', TYPESCRIPT);
		await setSetting('servers', [{ id: 'gone', kind: 'openai', url: 'http://127.0.0.1:9', models: ['scripted'] }]);
		assert.equal(await vscode.commands.executeCommand('rlm.summarizeSymbol', document.uri, 'hiss'), undefined);
		assert.equal((await lenses(document.uri)).get(9), '$(error) No summary: try again');
		await setSetting('servers', [
			{ id: 'gpu-1', kind: 'openai', url: models.url, models: ['scripted'], contextLength: 64_000 },
		]);
		assert.equal(
			await vscode.commands.executeCommand('rlm.summarizeSymbol', document.uri, 'hiss'),
			'Adds a bang. **More**.',
		);
	});

	it('are made for each of several functions of one name', async () => {
		answer = (prompt) => (prompt.includes('self._lid = lid') ? 'Closes the lid.' : 'Tells the lid.');
		const { document } = await open('lid.py', LIDS);
		const found = await vscode.commands.executeCommand<vscode.CodeLens[]>(
			'vscode.executeCodeLensProvider',
			document.uri,
			100,
		);
		for (const line of [3, 6]) {
			const lens = found.find(({ range, command }) => range.start.line === line && command?.command.startsWith('rlm.'));
			await vscode.commands.executeCommand(lens?.command?.command ?? '', ...(lens?.command?.arguments ?? []));
		}
		const titles = await lenses(document.uri);
		assert.deepEqual([titles.get(4), titles.get(7)], ['$(sparkle) Tells the lid.', '$(sparkle) Closes the lid.']);
	});

	it('show what looks like an icon as it was written', async () => {
		answer = () => 'Runs $(date) and stops.';
		const { document } = await open('valve.py', PYTHON);
		await vscode.commands.executeCommand('rlm.summarizeSymbol', document.uri, 'hiss');
		assert.equal((await lenses(document.uri)).get(7), '$(sparkle) Runs $\u200b(date) and stops.');
	});

	it('are not offered while the setting is off', async () => {
		const { document } = await open('valve.py', PYTHON);
		await setSetting('codeLens.enabled', false);
		let count = -1;
		for (let tries = 0; tries < 100 && count !== 0; tries++) count = (await lenses(document.uri)).size;
		assert.equal(count, 0);
		await setSetting('codeLens.enabled', true);
	});
});

describe('language servers as functions of the REPL', () => {
	let models: ScriptedServer;
	const replies: string[] = [];
	let seen: string[] = [];

	before(async () => {
		models = await startScriptedServer({
			kind: 'openai',
			models: [{ name: 'scripted' }],
			script: ({ text }) => {
				seen.push(text);
				return { text: `\`\`\`repl\n${replies.shift() ?? 'FINAL("done")'}\n\`\`\`` };
			},
		});
		await setSetting('servers', [{ id: 'gpu-1', kind: 'openai', url: models.url, models: ['scripted'] }]);
	});
	after(async () => {
		await setSetting('servers', undefined);
		await models.stop();
		await vscode.workspace.fs.delete(workspaceFile('src/valve.ts'));
	});
	afterEach(closeEditors);

	/** Runs code in the REPL of a run over the workspace. @returns what it printed, as the model saw it */
	async function printed(code: string): Promise<string> {
		seen = [];
		replies.splice(0, replies.length, code);
		await vscode.commands.executeCommand('rlm.queryWorkspace', { question: 'What is there?' });
		return seen.at(-1) ?? '';
	}

	it('tell symbols, references and definitions with lines as in citations', async () => {
		await open('valve.ts', TYPESCRIPT);
		const languageServer = startLanguageServer();
		const symbols = await printed(
			'print([(s["name"], s["kind"], s["line"], s["end_line"]) for s in symbols("src/valve.ts")])',
		);
		assert.match(
			symbols,
			/\('Valve', 'class', 1, 7\), \('Valve\.open', 'method', 2, 6\), \('hiss', 'function', 9, 12\)/,
		);
		const uses = await printed('print([(r["path"], r["line"]) for r in references("src/valve.ts", 9, 18)])');
		assert.match(uses, /\('src\/valve\.ts', 3\)/);
		const defined = await printed('print([(r["line"], r["text"]) for r in definition("src/valve.ts", 3, 11)])');
		languageServer.dispose();
		assert.match(defined, /\(9, 'export function hiss\(what: string\): string \{'\)/);
	});

	it('tell diagnostics', async () => {
		const { document } = await open('valve.ts', TYPESCRIPT);
		const collection = vscode.languages.createDiagnosticCollection('test');
		collection.set(document.uri, [new vscode.Diagnostic(new vscode.Range(8, 0, 8, 6), 'too much hissing')]);
		const text = await printed('print([(d["line"], d["kind"], d["text"]) for d in diagnostics("src/valve.ts")])');
		collection.dispose();
		assert.match(text, /\(9, 'error', 'too much hissing'\)/);
	});

	it('say what is wrong when they cannot answer', async () => {
		assert.match(await printed('symbols("../outside.ts")'), /there is no file "\.\.\/outside\.ts" in the context/);
		assert.match(
			await printed('references("notes.txt", 1, 1)'),
			/no references for notes\.txt: the editor has no language server/,
		);
		assert.match(await printed('references("notes.txt")'), /references\(path, line, column\): line/);
	});
});
