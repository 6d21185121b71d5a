import { present } from '../core/present.ts';
import type { CorpusView } from './corpusView.ts';
import { jsonKeys, markdownHeadings, topLevelKeys } from './documentOutline.ts';
import { type Language, languageOf } from './languages.ts';
import type { OutlineItem } from './outlineItem.ts';

/**
 * Finds the declarations of a file with line patterns, not by parsing: unusual formatting may hide some. Empty when the
 * language is unknown; undefined when the file does not exist.
 */
export function outline(view: CorpusView, path: string): OutlineItem[] | undefined {
	const file = view.file(path);
	if (!file) return undefined;
	const lines = view.fileText(file).split(/\r?\n/);
	return items(path, lines).map((item) => shift(item, file.firstLine - 1));
}

function items(path: string, lines: readonly string[]): OutlineItem[] {
	const extension = /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
	if (['md', 'markdown', 'mdx'].includes(extension)) return markdownHeadings(lines);
	if (['json', 'jsonc', 'json5'].includes(extension)) return jsonKeys(lines);
	if (['yaml', 'yml'].includes(extension)) return topLevelKeys(lines, /^(["']?)([\w./-][^:#"']*)\1:(?:\s|$)/);
	if (extension === 'toml') return topLevelKeys(lines, /^(\[\[?)?\s*([\w."'-]+)\s*(?:\]|=)/);
	const language = languageOf(path, lines[0] ?? '');
	return language ? declarations(language, lines) : [];
}

function shift(item: OutlineItem, by: number): OutlineItem {
	if (by === 0) return item;
	return present({
		...item,
		line: item.line + by,
		endLine: item.endLine === undefined ? undefined : item.endLine + by,
	});
}

interface Open {
	readonly indent: number;
}

function declarations(language: Language, lines: readonly string[]): OutlineItem[] {
	const found: OutlineItem[] = [];
	const open: Open[] = [];
	const isCode = codeLines(language);
	lines.forEach((line, index) => {
		if (!isCode(line)) return;
		const declaration = language.declaration(line);
		if (!declaration) return;
		const indent = indentOf(line);
		while (open.length > 0 && (open.at(-1)?.indent ?? 0) >= indent) open.pop();
		found.push({
			kind: declaration.kind,
			name: declaration.name,
			line: index + 1,
			endLine: endOfBody(lines, index, indent) + 1,
			depth: open.length,
		});
		open.push({ indent });
	});
	return found;
}

function indentOf(line: string): number {
	let width = 0;
	for (const character of line) {
		if (character === '\t') width += 4;
		else if (character === ' ') width++;
		else break;
	}
	return width;
}

/**
 * Index of the last line of a body: the closing line of the same indentation, or the line before the next such line.
 */
function endOfBody(lines: readonly string[], start: number, indent: number): number {
	let last = start;
	for (let index = start + 1; index < lines.length; index++) {
		const line = lines[index] ?? '';
		if (line.trim() === '') continue;
		if (indentOf(line) <= indent) {
			const isContinued = indentOf(line) === indent && /^\s*(?:[)\]>]|\{)/.test(line);
			const isClosed = indentOf(line) === indent && /^\s*(?:\}|end\b|fi\b|done\b|esac\b)/.test(line);
			if (isClosed) return index;
			if (!isContinued) return last;
		}
		last = index;
	}
	return last;
}

/** Tells for each line, in order, whether it is code and not inside a multi-line comment or docstring. */
function codeLines(language: Language): (line: string) => boolean {
	let end: string | undefined;
	return (line) => {
		if (end !== undefined) {
			if (line.includes(end)) end = undefined;
			return false;
		}
		for (const [opening, closing] of language.blocks) {
			const at = line.indexOf(opening);
			if (at === -1 || line.includes(closing, at + opening.length)) continue;
			if (line.slice(0, at).trim() !== '' && opening === '/*') continue;
			end = closing;
			return line.slice(0, at).trim() !== '';
		}
		return true;
	};
}
