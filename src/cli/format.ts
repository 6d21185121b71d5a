import stringWidth from 'string-width';

/** `1 call`, `2 calls`. */
export function plural(count: number, noun: string): string {
	return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Cuts a line to a number of columns; `…` marks the cut. */
export function clip(text: string, columns: number): string {
	if (stringWidth(text) <= columns) return text;
	let width = 0;
	let kept = '';
	for (const { segment } of graphemes.segment(text)) {
		width += stringWidth(segment);
		if (width > columns - 1) break;
		kept += segment;
	}
	return columns < 1 ? '' : `${kept}…`;
}

/** Returns the terminal columns that a line takes. */
export function columnsOf(text: string): number {
	return stringWidth(text);
}
