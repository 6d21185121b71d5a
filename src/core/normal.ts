/** Marks of Markdown and quotation that say nothing about the content. Underscores may be part of a name. */
const MARKS = /\*\*|[`"“”„«»‘’]|(?<![\p{L}\p{N}])'|'(?![\p{L}\p{N}])/gu;

/** A text as answers are compared: case, white space, marks of Markdown and quotes, and the final full stop do not count. */
export function normal(text: string): string {
	return text
		.normalize('NFKC')
		.toLowerCase()
		.replace(MARKS, '')
		.replace(/\s+/g, ' ')
		.trim()
		.replace(/[.!]+$/, '');
}

/** The answer without words that only introduce it. */
export function bare(answer: string): string {
	return normal(answer).replace(/^(?:(?:final )?answer|label|the answer is)\s*[:=]?\s+/, '');
}
