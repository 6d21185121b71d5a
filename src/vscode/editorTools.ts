import * as v from 'valibot';
import {
	commands,
	DiagnosticSeverity,
	type DocumentSymbol,
	type Location,
	type LocationLink,
	languages,
	Position,
	type Range,
	SymbolKind,
	type TextDocument,
	type Uri,
	workspace,
} from 'vscode';
import { untilAborted } from '../core/abort.ts';
import { InputError, throwIfCancelled } from '../core/errors.ts';
import type { HostTool } from '../core/ports/sandbox.ts';

/** Most rows of one call; the code is told when there are more. */
const MAX_ROWS = 500;
const LINE_CHARACTERS = 300;
/** Time limit of a call; a language server that has just started is slow. ms */
const ANSWER_MS = 20_000;

const path = v.pipe(v.string(), v.nonEmpty());
const count = v.pipe(v.number(), v.integer(), v.minValue(1));

/** A place in a file for the REPL. Lines and columns count from 1. */
interface Row {
	readonly path: string;
	readonly line: number;
	readonly end_line: number;
	readonly column: number;
	readonly kind?: string;
	readonly name?: string;
	readonly text: string;
}

/**
 * Offers the editor's language servers as functions of the REPL. They answer about files of the context only, and
 * name places in the workspace only: code that a model wrote must not read its way through the machine.
 * @param uriOf the document behind a path of the context
 */
export function createEditorTools(uriOf: (path: string) => Uri | undefined): Readonly<Record<string, HostTool>> {
	const documentOf = async (asked: string): Promise<TextDocument> => {
		const uri = uriOf(asked);
		if (!uri) throw new InputError(`there is no file ${JSON.stringify(asked)} in the context; files.paths lists them`);
		return workspace.openTextDocument(uri);
	};
	const place = { path, line: count, column: count };
	return {
		symbols: tool(
			'symbols(path)',
			'what a file defines, from its language server: a list of {"path", "line", "end_line", "column", "kind", "name"}',
			{ path },
			async (asked, signal) => {
				const document = await documentOf(asked.path);
				const found = await ask<DocumentSymbol[]>('vscode.executeDocumentSymbolProvider', signal, document.uri);
				if (!found) throw noAnswer('symbols', document);
				return flattened(found, '').map(({ symbol, name }) => ({
					...rowOf(asked.path, document, symbol.selectionRange ?? symbol.range, symbol.range),
					kind: SymbolKind[symbol.kind]?.toLowerCase() ?? 'symbol',
					name,
				}));
			},
		),
		references: tool(
			'references(path, line, column)',
			'where the name at a place is used; lines and columns count from 1; a list of {"path", "line", "column", "text"}',
			place,
			async (asked, signal) =>
				locations(await documentOf(asked.path), asked, 'vscode.executeReferenceProvider', 'references', signal),
		),
		definition: tool(
			'definition(path, line, column)',
			'where the name at a place is defined; the same kind of list',
			place,
			async (asked, signal) =>
				locations(await documentOf(asked.path), asked, 'vscode.executeDefinitionProvider', 'definition', signal),
		),
		diagnostics: tool(
			'diagnostics(path=None)',
			'errors and warnings that the editor shows, of one file or of all: a list of {"path", "line", "column", "kind", "text"}',
			{ path: v.nullish(path) },
			async (asked) => (asked.path ? diagnosticsOf((await documentOf(asked.path)).uri) : allDiagnostics()),
		),
	};
}

/** Makes a function of the REPL that checks its arguments and bounds its result. */
function tool<E extends v.ObjectEntries>(
	signature: string,
	description: string,
	entries: E,
	answer: (asked: v.InferOutput<v.ObjectSchema<E, undefined>>, signal: AbortSignal) => Promise<readonly Row[]>,
): HostTool {
	const names = Object.keys(entries);
	const schema = v.object(entries);
	const given = v.object({ args: v.array(v.unknown()), kwargs: v.record(v.string(), v.unknown()) });
	return {
		signature,
		description,
		async call(argumentsJson, signal) {
			const { args, kwargs } = v.parse(given, JSON.parse(argumentsJson));
			const byName = Object.fromEntries(args.map((value, index) => [names[index] ?? `argument ${index + 1}`, value]));
			const checked = v.safeParse(schema, { ...byName, ...kwargs });
			if (!checked.success) {
				const [issue] = checked.issues;
				throw new InputError(`${signature}: ${v.getDotPath(issue) ?? ''}: ${issue.message}`);
			}
			const rows = await answer(checked.output, signal);
			throwIfCancelled(signal);
			return JSON.stringify(rows.slice(0, MAX_ROWS));
		},
	};
}

/** Asks the extension of the language. @throws InputError when it does not answer in time; CancelledError */
async function ask<T>(command: string, signal: AbortSignal, ...args: readonly unknown[]): Promise<T | undefined> {
	throwIfCancelled(signal);
	const late = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
	const asked = commands.executeCommand<T | undefined>(command, ...args);
	const given = await untilAborted(asked, late).catch((error: unknown) => {
		throwIfCancelled(signal);
		if (late.aborted) throw new InputError(`the language server did not answer within ${ANSWER_MS / 1000} s`);
		throw error;
	});
	return Array.isArray(given) && given.length === 0 ? undefined : given;
}

async function locations(
	document: TextDocument,
	{ line, column }: { readonly line: number; readonly column: number },
	command: string,
	what: string,
	signal: AbortSignal,
): Promise<Row[]> {
	const position = document.validatePosition(new Position(line - 1, column - 1));
	const found = await ask<(Location | LocationLink)[]>(command, signal, document.uri, position);
	if (!found) throw noAnswer(what, document);
	const rows: Row[] = [];
	for (const one of found.slice(0, MAX_ROWS)) {
		const [uri, range] =
			'uri' in one ? [one.uri, one.range] : [one.targetUri, one.targetSelectionRange ?? one.targetRange];
		// Nobody asked about libraries outside of the workspace.
		if (!workspace.getWorkspaceFolder(uri) && uri.toString() !== document.uri.toString()) continue;
		throwIfCancelled(signal);
		rows.push(rowOf(pathOf(uri), await workspace.openTextDocument(uri), range, range));
	}
	return rows;
}

function rowOf(path: string, document: TextDocument, name: Range, whole: Range): Row {
	return {
		path,
		line: name.start.line + 1,
		end_line: whole.end.line + 1,
		column: name.start.character + 1,
		text: document
			.lineAt(Math.min(name.start.line, document.lineCount - 1))
			.text.trim()
			.slice(0, LINE_CHARACTERS),
	};
}

interface Named {
	readonly symbol: DocumentSymbol;
	readonly name: string;
}

function flattened(symbols: readonly DocumentSymbol[], above: string): Named[] {
	return symbols.flatMap((symbol) => {
		const name = above === '' ? symbol.name : `${above}.${symbol.name}`;
		return [{ symbol, name }, ...flattened(symbol.children ?? [], name)];
	});
}

function allDiagnostics(): Row[] {
	const inside = languages.getDiagnostics().filter(([uri]) => workspace.getWorkspaceFolder(uri));
	return inside.flatMap(([uri]) => diagnosticsOf(uri)).slice(0, MAX_ROWS);
}

function diagnosticsOf(uri: Uri): Row[] {
	return languages.getDiagnostics(uri).map(({ range, severity, message, source }) => ({
		path: pathOf(uri),
		line: range.start.line + 1,
		end_line: range.end.line + 1,
		column: range.start.character + 1,
		kind: (DiagnosticSeverity[severity] ?? 'error').toLowerCase(),
		text: `${source ? `${source}: ` : ''}${message}`.slice(0, LINE_CHARACTERS),
	}));
}

function pathOf(uri: Uri): string {
	return workspace.asRelativePath(uri).replaceAll('\\', '/');
}

function noAnswer(what: string, { languageId, uri }: TextDocument): InputError {
	return new InputError(
		`no ${what} for ${pathOf(uri)}: the editor has no language server for "${languageId}", or it found nothing; use outline(path) and grep(pattern) instead`,
	);
}
