/** A declaration, a heading or a top-level key. */
export interface OutlineItem {
	/** `class`, `function`, `heading`, `key`, …, in the words of the language. */
	readonly kind: string;
	readonly name: string;
	readonly line: number;
	/** Last line of its body, judged by indentation. */
	readonly endLine?: number;
	/** Nesting depth; 0 for the outermost. */
	readonly depth: number;
}
