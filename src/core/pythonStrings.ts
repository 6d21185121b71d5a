/** Follows Python source line by line. */
export interface StringTracker {
	/** Reads the next line. */
	feed(line: string): void;
	/** Whether the next line starts inside a string literal. */
	isInside(): boolean;
	/** Brackets that are open after the lines read so far, outside strings and comments. */
	openBrackets(): number;
}

/** Tells where string literals and brackets of Python source end. */
export function stringTracker(): StringTracker {
	let quote = '';
	let brackets = 0;
	const outside = (line: string, index: number): number => {
		const character = line[index] ?? '';
		if (character === '#') return line.length;
		if (character === '"' || character === "'") {
			const triple = character.repeat(3);
			quote = line.startsWith(triple, index) ? triple : character;
			return index + quote.length;
		}
		if ('([{'.includes(character)) brackets++;
		if (')]}'.includes(character)) brackets--;
		return index + 1;
	};
	const inside = (line: string, index: number): number => {
		if (line[index] === '\\') return index + 2;
		if (!line.startsWith(quote, index)) return index + 1;
		const end = index + quote.length;
		quote = '';
		return end;
	};
	return {
		feed(line) {
			for (let index = 0; index < line.length; ) index = quote === '' ? outside(line, index) : inside(line, index);
			if (quote.length === 1 && !line.endsWith('\\')) quote = '';
		},
		isInside: () => quote !== '',
		openBrackets: () => brackets,
	};
}
