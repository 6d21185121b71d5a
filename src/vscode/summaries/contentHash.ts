import { createHash } from 'node:crypto';

/**
 * Identifies a piece of code by its content. Line ends, trailing white space, blank lines at either end and the
 * indentation that all lines share make no difference. Gives 24 hexadecimal digits.
 */
export function contentHash(text: string): string {
	const lines = text.split(/\r\n|\r|\n/).map((line) => line.trimEnd());
	while (lines[0] === '') lines.shift();
	while (lines.at(-1) === '') lines.pop();
	// A symbol's range begins at its first word, so the first line shows no indentation.
	const indents = lines
		.slice(1)
		.filter((line) => line !== '')
		.map((line) => line.length - line.trimStart().length);
	const shared = Math.min(...indents, Number.MAX_SAFE_INTEGER);
	const normal = lines.map((line, index) => (index === 0 ? line.trimStart() : line.slice(shared)));
	return createHash('sha256').update(normal.join('\n')).digest('hex').slice(0, 24);
}
