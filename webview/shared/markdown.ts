import DOMPurify from 'dompurify';
import { Marked } from 'marked';
import { pythonCode } from './highlight.ts';

/** Longer texts are shown as they are written. Characters. */
const MAX_CHARACTERS = 200_000;

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

/**
 * A model's Markdown as an element. The only links are those to web pages (which VS Code opens after asking); there are
 * no images, no HTML, no scripts and no styles in it.
 */
export function markdown(text: string): HTMLElement {
	const element = document.createElement('div');
	element.className = 'markdown';
	if (text.length > MAX_CHARACTERS) {
		element.textContent = text;
		return element;
	}
	element.append(DOMPurify.sanitize(parser.parse(text, { async: false }), { ...ALLOWED, ...mutable() }));
	// What leads nowhere shall not look as if it did; a place that is named in it can still become a link.
	for (const link of element.querySelectorAll('a:not([href])')) link.replaceWith(...link.childNodes);
	for (const code of element.querySelectorAll('pre > code.language-python, pre > code.language-repl')) {
		code.replaceWith(pythonCode(code.textContent));
	}
	for (const table of element.querySelectorAll('table')) makeScrollable(table);
	return element;
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

/**
 * Turns places named in a text (`src/a.ts:12`) into links where a target is known for them.
 * @param linkTo makes the link, or gives undefined to leave the text as it is
 */
export function linkPlaces(element: HTMLElement, linkTo: (place: string) => HTMLElement | undefined): void {
	const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
	const texts: Text[] = [];
	while (walker.nextNode()) texts.push(walker.currentNode as Text);
	for (const text of texts) {
		if (text.parentElement?.closest('a, pre')) continue;
		const parts = text.data.split(/([^\s()[\]"'`,;<>]+:\d+(?:[-–]\d+)?)/);
		if (parts.length === 1) continue;
		text.replaceWith(...parts.map((part, index) => (index % 2 === 1 ? (linkTo(part) ?? part) : part)));
	}
}

function escaped(text: string): string {
	const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
	return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
