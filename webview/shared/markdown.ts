import DOMPurify from 'dompurify';
import { Marked } from 'marked';
import { pythonCode } from './highlight.ts';
import { markdownPieces, type Piece } from './markdownPieces.ts';

/** Shows HTML as text and images as their descriptions, because a model's text must not load anything. */
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

/** Makes the link to a place that a text names; undefined leaves the text as it is. */
export type LinkTo = (place: string) => HTMLElement | undefined;

/**
 * Renders a model's Markdown. The only links lead to web pages (which VS Code opens after asking) and to known
 * places; no images, HTML, scripts or styles remain. A long text shows at once as it was written, and is rendered
 * piece by piece, so that the page stays responsive.
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

/** A piece that shows as it was written until it is rendered. */
interface Waiting {
	readonly piece: Piece;
	readonly place: HTMLElement;
}

/** Renders one piece in each pass of the event loop, as long as the text is on the page. */
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
	// A dead link must not look like a link; a place named in it can still become one.
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

/** Copies the lists, because the sanitizer wants mutable ones. */
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

/** Matches places at the start of a word only, so that a long word is scanned once. */
const WORD = '[^\\s()[\\]"\'`,;<>]';
const PLACE = new RegExp(`((?<!${WORD})${WORD}+:\\d+(?:[-–]\\d+)?)`);

/** Turns places in a text (`src/a.ts:12`) into links where their target is known. */
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
