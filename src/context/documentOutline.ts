import type { OutlineItem } from './outlineItem.ts';

/** Headings of Markdown (`#` and underlined), except in fenced code. */
export function markdownHeadings(lines: readonly string[]): OutlineItem[] {
	const headings: { name: string; line: number; level: number }[] = [];
	let fence: string | undefined;
	lines.forEach((line, index) => {
		const marker = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
		if (marker) {
			if (fence === undefined) fence = marker;
			else if (marker.startsWith(fence)) fence = undefined;
			return;
		}
		if (fence !== undefined) return;
		const heading = /^ {0,3}(#{1,6})\s+(.*)$/.exec(line);
		if (heading) headings.push({ name: nameOf(heading[2] ?? ''), line: index + 1, level: heading[1]?.length ?? 1 });
		const underline = /^ {0,3}(=+|-{2,})\s*$/.exec(line)?.[1];
		const above = lines[index - 1] ?? '';
		if (underline && isParagraph(above)) {
			headings.push({ name: above.trim(), line: index, level: underline.startsWith('=') ? 1 : 2 });
		}
	});
	return withEnds(headings, lastLine(lines));
}

/** A heading without the closing `#`. */
function nameOf(text: string): string {
	let end = text.trimEnd().length;
	while (text[end - 1] === '#') end--;
	return text.slice(0, end).trimEnd();
}

/** A section ends before the next heading of its own or a higher level. */
function withEnds(headings: readonly { name: string; line: number; level: number }[], last: number): OutlineItem[] {
	/** Line of the next heading of each level. */
	const next: number[] = Array(7).fill(last + 1);
	return headings
		.toReversed()
		.map(({ name, line, level }) => {
			const endLine = (next[level] ?? last + 1) - 1;
			next.fill(line, level);
			return { kind: 'heading', name, line, endLine, depth: level - 1 };
		})
		.reverse();
}

function isParagraph(line: string): boolean {
	return line.trim() !== '' && !/^\s*(?:#|>|[-*+|]|\d+\.|---)/.test(line);
}

/** Keys at the start of a line, for YAML and TOML; the second group of the pattern is the name. */
export function topLevelKeys(lines: readonly string[], pattern: RegExp): OutlineItem[] {
	const keys: OutlineItem[] = [];
	lines.forEach((line, index) => {
		const match = pattern.exec(line);
		if (match)
			keys.push({ kind: match[1]?.startsWith('[') ? 'table' : 'key', name: match[2] ?? '', line: index + 1, depth: 0 });
	});
	return keys.map((key, index) => ({ ...key, endLine: (keys[index + 1]?.line ?? lastLine(lines) + 1) - 1 }));
}

/** Keys of the outermost JSON object, with or without comments in the file. */
export function jsonKeys(lines: readonly string[]): OutlineItem[] {
	const keys: OutlineItem[] = [];
	let depth = 0;
	lines.forEach((line, index) => {
		for (const token of line.matchAll(/"((?:[^"\\]|\\.)*)"(\s*:)?|\/\/.*|[{}[\]]/g)) {
			if (token[0] === '{' || token[0] === '[') depth++;
			else if (token[0] === '}' || token[0] === ']') depth--;
			else if (token[2] && depth === 1) keys.push({ kind: 'key', name: token[1] ?? '', line: index + 1, depth: 0 });
		}
	});
	return keys.map((key, index) => ({
		...key,
		endLine: Math.max(key.line, (keys[index + 1]?.line ?? lastLine(lines)) - 1),
	}));
}

/** Number of the last line, not counting the empty one after a final line feed. */
function lastLine(lines: readonly string[]): number {
	return lines.at(-1) === '' ? lines.length - 1 : lines.length;
}
