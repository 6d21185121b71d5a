import { Marked } from 'marked';
import { describe, expect, it } from 'vitest';
import { markdownPieces } from '../../../webview/shared/markdownPieces.ts';

const PARAGRAPH = 'Some *words* of an [answer](https://example.org).\n\n';
const parser = new Marked({ gfm: true });

describe('Markdown in pieces', () => {
	it('stays whole at the usual length of answers', () => {
		const text = `# Title\n\n${PARAGRAPH.repeat(50)}\`\`\`python\nprint(1)\n\nprint(2)\n\`\`\`\n\n1. a\n\n2. b\n`;
		expect(markdownPieces(text)).toEqual([{ kind: 'markdown', text }]);
		expect(markdownPieces('\n\n')).toEqual([]);
	});

	it('is cut between blocks, and nothing is lost', () => {
		const text = PARAGRAPH.repeat(10_000);
		const pieces = markdownPieces(text);
		expect(
			pieces
				.map((piece) => piece.text)
				.join('')
				.trim(),
		).toBe(text.trim());
		for (const piece of pieces) {
			expect(piece).toMatchObject({ kind: 'markdown' });
			expect(piece.text.length).toBeLessThanOrEqual(20_000);
			expect(piece.text.startsWith('Some *words*') || piece.text.trim() === '').toBe(true);
		}
	});

	it('is plain after a million characters or a thousand pieces', () => {
		const long = markdownPieces(PARAGRAPH.repeat(40_000));
		expect(long.at(0)?.kind).toBe('markdown');
		expect(long.at(-1)?.kind).toBe('plain');
		expect(long.map((piece) => piece.text).join('').length).toBeGreaterThan(40_000 * PARAGRAPH.length - 2);
		expect(markdownPieces('```\na\n```\nb\n'.repeat(20_000)).length).toBeLessThan(1100);
		expect(
			markdownPieces('`'.repeat(100_000))
				.map((piece) => piece.text)
				.join(''),
		).toBe('`'.repeat(100_000));
	});

	it('keeps fenced code together, however many blank lines it has', () => {
		const code = 'x = "_a_"\n\n'.repeat(5000);
		const text = `${PARAGRAPH.repeat(500)}~~~repl\n${code}~~~\nafter\n\n- \`\`\`js\nlet a\n\`\`\`\n`;
		const pieces = markdownPieces(text);
		expect(pieces.filter(({ kind }) => kind === 'code')).toEqual([
			{ kind: 'code', text: code, language: 'repl' },
			{ kind: 'code', text: 'let a\n', language: 'js' },
		]);
		expect(pieces.some((piece) => piece.kind === 'markdown' && piece.text.includes('after'))).toBe(true);
	});

	it.each([
		['emphasis that never ends', '_a'.repeat(500_000)],
		['struck text that never ends', '~a~~'.repeat(100_000)],
		['links that never end', '[a]('.repeat(100_000)],
		['deep quotes', `${'>'.repeat(5000)}a`],
		['deep lists in one line', `${'1. '.repeat(5000)}a`],
		['deep lists', Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(2 * depth)}- a`).join('\n')],
		['a fence that one reads and another does not', `    \`\`\`\n${'_a'.repeat(500_000)}`],
		['emphasis behind a paragraph', `${PARAGRAPH}${'**a '.repeat(200_000)}`],
	])('leaves to the parser only what it reads in bounded time: %s', (_what, text) => {
		const pieces = markdownPieces(text);
		for (const { kind, text: source } of pieces) if (kind === 'markdown') parser.parse(source, { async: false });
		expect(pieces.some(({ kind }) => kind !== 'markdown')).toBe(true);
		const words = (source: string) => source.replace(/[\s`]/g, '');
		expect(words(pieces.map((piece) => piece.text).join(''))).toBe(words(text));
	});
});
