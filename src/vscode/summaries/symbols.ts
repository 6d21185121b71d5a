import {
	type CancellationToken,
	commands,
	type DocumentSymbol,
	Range,
	SymbolKind,
	type TextDocument,
	workspace,
} from 'vscode';
import type { Compute } from '../../compute/compute.ts';
import { CancelledError, ComputeError } from '../../core/errors.ts';
import { signalOf } from '../signal.ts';

/** A part of a document to summarize. */
export interface CodeSymbol {
	/** Name, with a number where several share it: overloads, a getter and its setter. */
	readonly id: string;
	/** Names from the outermost to this one, such as `Pool.call`; empty for the whole file. */
	readonly name: string;
	/** `function`, `class`, `file` and so on, for the question. */
	readonly kind: string;
	readonly range: Range;
	/** Position of its name, where references are looked up. */
	readonly nameRange: Range;
}

const KINDS: ReadonlyMap<SymbolKind, string> = new Map([
	[SymbolKind.Class, 'class'],
	[SymbolKind.Struct, 'struct'],
	[SymbolKind.Interface, 'interface'],
	[SymbolKind.Enum, 'enum'],
	[SymbolKind.Namespace, 'namespace'],
	[SymbolKind.Module, 'module'],
	[SymbolKind.Function, 'function'],
	[SymbolKind.Method, 'method'],
	[SymbolKind.Constructor, 'constructor'],
]);
const OUTLINE_KINDS = new Set([
	'class',
	'function',
	'def',
	'fn',
	'func',
	'method',
	'interface',
	'struct',
	'enum',
	'trait',
]);
const MAX_SYMBOLS = 300;
/** Time limit of a language server, after which the fallback takes over. ms */
const PROVIDER_MS = 4_000;
/** Time limit of the patterns of lines. ms */
const OUTLINE_MS = 4_000;

/**
 * Lists the file itself and its functions, methods and types, in the order of the text. They come from the language's
 * extension, or from patterns of lines where none answers.
 */
export async function symbolsOf(
	document: TextDocument,
	compute: Compute,
	token: CancellationToken,
): Promise<readonly CodeSymbol[]> {
	const found = await fromProvider(document, token);
	if (token.isCancellationRequested) return [];
	return withIds(
		[wholeFile(document), ...(found ?? (await fromOutline(document, compute, token)))].slice(0, MAX_SYMBOLS),
	);
}

/** A symbol before it is distinguished from others of the same name. */
type Piece = Omit<CodeSymbol, 'id'>;

function withIds(pieces: readonly Piece[]): readonly CodeSymbol[] {
	const counts = new Map<string, number>();
	return pieces.map((piece) => {
		const count = (counts.get(piece.name) ?? 0) + 1;
		counts.set(piece.name, count);
		return { id: count === 1 ? piece.name : `${piece.name} ${count}`, ...piece };
	});
}

/** Makes the symbol of the whole document. */
function wholeFile(document: TextDocument): Piece {
	const start = new Range(0, 0, 0, 0);
	const last = document.lineAt(document.lineCount - 1).range.end;
	return { name: '', kind: 'file', range: new Range(start.start, last), nameRange: start };
}

/** Asks the language extension; undefined when none knows the document's symbols. */
async function fromProvider(document: TextDocument, token: CancellationToken): Promise<Piece[] | undefined> {
	const asked = commands.executeCommand<DocumentSymbol[] | undefined>(
		'vscode.executeDocumentSymbolProvider',
		document.uri,
	);
	const found = await Promise.race([asked, timeout(PROVIDER_MS, token)]);
	if (!found || found.length === 0) return undefined;
	return flattened(found, '');
}

function flattened(symbols: readonly DocumentSymbol[], above: string): Piece[] {
	return symbols.flatMap((symbol) => {
		const name = above === '' ? symbol.name : `${above}.${symbol.name}`;
		const kind = KINDS.get(symbol.kind);
		const below = flattened(symbol.children ?? [], name);
		// The older form of providers gives neither the range of the name nor children.
		const { selectionRange = symbol.range } = symbol;
		const isPiece = kind !== undefined && symbol.range?.isSingleLine === false;
		return isPiece ? [{ name, kind, range: symbol.range, nameRange: selectionRange }, ...below] : below;
	});
}

async function fromOutline(document: TextDocument, compute: Compute, token: CancellationToken): Promise<Piece[]> {
	const items = await outlineOf(document, compute, token);
	const names: string[] = [];
	return items.flatMap(({ kind, name, line, endLine, depth }) => {
		names.length = depth;
		names.push(name);
		if (!OUTLINE_KINDS.has(kind) || endLine === undefined || endLine <= line) return [];
		const first = document.lineAt(line - 1);
		const last = document.lineAt(Math.min(endLine, document.lineCount) - 1);
		const column = Math.max(0, first.text.indexOf(name));
		const nameRange = new Range(line - 1, column, line - 1, column + name.length);
		return [{ name: names.join('.'), kind, range: new Range(first.range.start, last.range.end), nameRange }];
	});
}

/** Finds symbols by patterns of lines; none when cancelled or too slow. */
async function outlineOf(document: TextDocument, compute: Compute, token: CancellationToken) {
	const input = { path: workspace.asRelativePath(document.uri), text: document.getText() };
	const { signal, dispose } = signalOf(token);
	try {
		return await compute.run('outlineText', input, OUTLINE_MS, signal);
	} catch (error) {
		if (error instanceof ComputeError || error instanceof CancelledError) return [];
		throw error;
	} finally {
		dispose();
	}
}

function timeout(milliseconds: number, token: CancellationToken): Promise<undefined> {
	return new Promise((resolve) => {
		const timer = setTimeout(resolve, milliseconds, undefined);
		token.onCancellationRequested(() => {
			clearTimeout(timer);
			resolve(undefined);
		});
	});
}
