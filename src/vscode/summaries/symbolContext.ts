import { commands, type Location, l10n, Range, type TextDocument, type Uri, workspace } from 'vscode';
import { ContextBuilder } from '../../context/contextBuilder.ts';
import { throwIfCancelled } from '../../core/errors.ts';
import type { ContextSource } from '../contextSource.ts';
import type { CodeSymbol } from './symbols.ts';

/** Most that a summary reads of the places that use the symbol. */
const MAX_REFERENCES = 20;
const LINES_AROUND = 12;
const REFERENCE_CHARACTERS = 60_000;
/** Time limit of a language server, which may be slow on the first request. ms */
const REFERENCES_MS = 10_000;

/** Makes the source of a symbol: its text, then the text around its uses. Line numbers are those of the documents. */
export function symbolSource(document: TextDocument, symbol: CodeSymbol): ContextSource {
	const path = workspace.asRelativePath(document.uri).replaceAll('\\', '/');
	const label = symbol.name === '' ? path : l10n.t('{0} in {1}', symbol.name, path);
	return {
		title: l10n.t('Ask about {0}', label),
		label,
		async collect({ signal }) {
			const builder = new ContextBuilder();
			const uris = new Map<string, Uri>([[path, document.uri]]);
			await builder.addText(path, document.getText(symbol.range), symbol.range.start.line + 1);
			const uses = symbol.name === '' ? [] : await usesOf(document, symbol);
			throwIfCancelled(signal);
			for (const { uri, range, text } of uses) {
				const name = `${workspace.asRelativePath(uri).replaceAll('\\', '/')} (use in line ${range.start.line + 1})`;
				if (uris.has(name)) continue;
				uris.set(name, uri);
				await builder.addText(name, text, Math.max(0, range.start.line - LINES_AROUND) + 1);
			}
			return { contexts: [await builder.finish('files', label)], uriOf: (asked) => uris.get(asked) };
		},
	};
}

interface Use {
	readonly uri: Uri;
	readonly range: Range;
	/** The lines around it. */
	readonly text: string;
}

/** Finds the places outside of the symbol that use it; none when no language server answers in time. */
async function usesOf(document: TextDocument, symbol: CodeSymbol): Promise<Use[]> {
	const asked = commands.executeCommand<Location[] | undefined>(
		'vscode.executeReferenceProvider',
		document.uri,
		symbol.nameRange.start,
	);
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<undefined>((resolve) => {
		timer = setTimeout(resolve, REFERENCES_MS, undefined);
	});
	const found = (await Promise.race([asked, late])) ?? [];
	clearTimeout(timer);
	const outside = found.filter(
		({ uri, range }) => uri.toString() !== document.uri.toString() || !symbol.range.contains(range),
	);
	return readUses(outside.slice(0, MAX_REFERENCES));
}

async function readUses(places: readonly Location[]): Promise<Use[]> {
	const uses: Use[] = [];
	let room = REFERENCE_CHARACTERS;
	for (const { uri, range } of places) {
		// Read only files of the workspace, not libraries elsewhere.
		if (!workspace.getWorkspaceFolder(uri)) continue;
		const other = await workspace.openTextDocument(uri);
		const last = Math.min(other.lineCount - 1, range.end.line + LINES_AROUND);
		const lines = new Range(Math.max(0, range.start.line - LINES_AROUND), 0, last, other.lineAt(last).text.length);
		const text = other.getText(lines);
		room -= text.length;
		if (room < 0) break;
		uses.push({ uri, range, text });
	}
	return uses;
}
