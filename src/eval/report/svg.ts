/** Escapes a text for HTML and SVG, in content and in attributes. */
export function escapeHtml(text: string): string {
	return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

type Attributes = Readonly<Record<string, string | number>>;

/** An element; texts inside have to be escaped already. */
export function element(name: string, attributes: Attributes, content = ''): string {
	const written = Object.entries(attributes)
		.map(([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escapeHtml(value)}"`)
		.join('');
	return `<${name}${written}>${content}</${name}>`;
}

function round(value: number): number {
	return Math.round(value * 10) / 10;
}

/** A text at a point. @param anchor `start`, `middle` or `end` */
export function label(x: number, y: number, text: string, anchor: string, kind = 'label'): string {
	return element('text', { x, y, class: kind, 'text-anchor': anchor }, escapeHtml(text));
}

export function line(x1: number, y1: number, x2: number, y2: number, kind: string): string {
	return element('line', { x1, y1, x2, y2, class: kind });
}

/** Shapes tell series apart where colors do not. */
const SHAPES: readonly ((x: number, y: number) => string)[] = [
	(x, y) => `M${x - 4.5} ${y}a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0`,
	(x, y) => `M${x - 4} ${y - 4}h8v8h-8z`,
	(x, y) => `M${x} ${y - 5.5}l5.5 9.5h-11z`,
	(x, y) => `M${x} ${y - 5.5}l5.5 5.5l-5.5 5.5l-5.5 -5.5z`,
	(x, y) => `M${x} ${y + 5.5}l5.5 -9.5h-11z`,
];

/** Colors and shapes that the style of the page has. */
export const SERIES = SHAPES.length;

/** The mark of a series, with a text that browsers show on it. */
export function mark(series: number, x: number, y: number, title: string): string {
	const shape = SHAPES[series % SERIES];
	const d = shape?.(round(x), round(y)) ?? '';
	return element('path', { d, class: `mark series-${series % SERIES}` }, element('title', {}, escapeHtml(title)));
}

/** A whole picture. @param about what it shows, for those who cannot see it */
export function picture(width: number, height: number, about: string, content: string): string {
	const attributes = { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': about };
	return element('svg', attributes, content);
}
