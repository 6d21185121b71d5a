import DOMPurify from 'dompurify';
import { Marked } from 'marked';
import { pythonCode } from './highlight.ts';
import { markdownPieces, type Piece } from './markdownPieces.ts';

/** Markdown whose HTML is text and whose images are their descriptions: nothing that a model writes may load anything. */
const parser = new Marked({
	gfm: true,
	renderer: {
		html: ({ text }) => escaped(text),
		image: ({ text, href }) => escaped(text || href),
		checkbox: ({ checked }) => (checked ? '☑ ' : '☐ '),
	},
});

const ALLOWED = {
	ALLOWED_TAGS: [
		...['a', 'p', 'br', 'hr', 'em', 'strong', 'del', 'code', 'pre', 'blockquote', 'ul', 'ol', 'li'],
		...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
	],
	ALLOWED_ATTR: ['href', 'title', 'align', 'start', 'class'],
	ALLOWED_URI_REGEXP: /^https?:\/\//i,
	RETURN_DOM_FRAGMENT: true,
} as const;

/** Makes the link to a place that a text names, or gives undefined to leave it as it is. */
export type LinkTo = (place: string) => HTMLElement | undefined;

/**
 * A model's Markdown as an element. The only links are those to web pages (which VS Code opens after asking) and to places
 * that are known; there are no images, no HTML, no scripts and no styles in it. A long text is there at once as it was
 * written, and rendered piece by piece, so that the page is never held up.
 */
export function markdown(text: string, linkTo: LinkTo = () => undefined): HTMLElement {
	const element = document.createElement('div');
	element.className = 'markdown';
	const [first, ...rest] = markdownPieces(text);
	if (first) element.append(rendered(first, linkTo));
	const waiting: Waiting[] = [];
	for (const piece of rest) {
		const place = plain(piece.text);
		element.append(place);
		if (piece.kind !== 'plain') waiting.push({ piece, place });
	}
	if (waiting.length > 0) void renderInTurn(waiting, linkTo);
	return element;
}

/** A piece that stands as it was written until its turn has come. */
interface Waiting {
	readonly piece: Piece;
	readonly place: HTMLElement;
}

/** One piece in each turn of the event loop, as long as the text is on the page. */
async function renderInTurn(waiting: readonly Waiting[], linkTo: LinkTo): Promise<void> {
	for (const { piece, place } of waiting) {
		await new Promise((resolve) => setTimeout(resolve));
		if (!place.isConnected) return;
		place.replaceWith(rendered(piece, linkTo));
	}
}

function plain(text: string): HTMLElement {
	const element = document.createElement('div');
	element.className = 'plain';
	element.textContent = text;
	return element;
}

function rendered({ kind, text, language = '' }: Piece, linkTo: LinkTo): HTMLElement {
	if (kind === 'plain') return plain(text);
	const element = document.createElement('div');
	if (kind === 'code') {
		element.append(codeBlock(text, language));
		return element;
	}
	element.append(DOMPurify.sanitize(parser.parse(text, { async: false }), { ...ALLOWED, ...mutable() }));
	// What leads nowhere shall not look as if it did; a place that is named in it can still become a link.
	for (const link of element.querySelectorAll('a:not([href])')) link.replaceWith(...link.childNodes);
	for (const code of element.querySelectorAll('pre > code.language-python, pre > code.language-repl')) {
		code.replaceWith(pythonCode(code.textContent));
	}
	for (const table of element.querySelectorAll('table')) makeScrollable(table);
	linkPlaces(element, linkTo);
	return element;
}

function codeBlock(text: string, language: string): HTMLElement {
	const block = document.createElement('pre');
	const isPython = language === 'python' || language === 'repl';
	const code = isPython ? pythonCode(text) : document.createElement('code');
	if (!isPython) code.textContent = text;
	block.append(code);
	return block;
}

/** The sanitizer wants lists that it could change. */
function mutable() {
	return { ALLOWED_TAGS: [...ALLOWED.ALLOWED_TAGS], ALLOWED_ATTR: [...ALLOWED.ALLOWED_ATTR] };
}

function makeScrollable(table: HTMLTableElement): void {
	const frame = document.createElement('div');
	frame.className = 'table-frame';
	frame.tabIndex = 0;
	table.replaceWith(frame);
	frame.append(table);
}

/** A place begins at the beginning of a word, so that a long word is looked at once. */
const WORD = '[^\\s()[\\]"\'`,;<>]';
const PLACE = new RegExp(`((?<!${WORD})${WORD}+:\\d+(?:[-–]\\d+)?)`);

/** Turns places named in a text (`src/a.ts:12`) into links where a target is known for them. */
function linkPlaces(element: HTMLElement, linkTo: LinkTo): void {
	const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
	const texts: Text[] = [];
	while (walker.nextNode()) texts.push(walker.currentNode as Text);
	for (const text of texts) {
		if (text.parentElement?.closest('a, pre')) continue;
		const parts = text.data.split(PLACE);
		if (parts.length === 1) continue;
		text.replaceWith(...parts.map((part, index) => (index % 2 === 1 ? (linkTo(part) ?? part) : part)));
	}
}

function escaped(text: string): string {
	const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
	return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
