/** A number with a letter for its unit, as names of models give their size: `7b`, `1.5B`, `8x7B`, `135M`, `E4B`. */
const SIZE = /(?:^|[^a-z0-9.]|[^a-z0-9]e)(?:(\d+)x)?(\d+(?:\.\d+)?)([bm])(?![a-z0-9])/gi;
const UNITS: Readonly<Record<string, number>> = { b: 1e9, m: 1e6 };

/**
 * Reads the number of parameters from the name of a model, of its file or of its repository. A name may also give the
 * length of its window or the size of one expert, which are smaller. Undefined when it gives none.
 */
export function parametersIn(name: string): number | undefined {
	const sizes = [...name.matchAll(SIZE)].map(([, experts = '1', size = '', unit = '']) =>
		Math.round(Number(experts) * Number(size) * (UNITS[unit.toLowerCase()] ?? 0)),
	);
	return sizes.length === 0 ? undefined : Math.max(...sizes);
}

/** A number of parameters as people write it: `1.5B`, `135M`. */
export function shownParameters(parameters: number): string {
	const [unit, size] = parameters >= 1e9 ? ['B', parameters / 1e9] : ['M', parameters / 1e6];
	return `${Number(size.toPrecision(2))}${unit}`;
}
