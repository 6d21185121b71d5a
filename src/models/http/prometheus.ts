/** One value of a metric. */
export interface Sample {
	readonly name: string;
	readonly labels: Readonly<Record<string, string>>;
	/** May be NaN or infinite, as the exporter wrote it. */
	readonly value: number;
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const SPACE = /[ \t]*/y;
const LABEL_NAME = /[a-zA-Z_][a-zA-Z0-9_]*[ \t]*=[ \t]*"/y;
const LABEL_VALUE = /(?:[^"\\\n]|\\.)*"/y;
const VALUE = /[^ \t]+/y;

/**
 * Parses metrics in the Prometheus text format (version 0.0.4, and what OpenMetrics shares with it). Skips comments and
 * invalid lines.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function parsePrometheus(text: string): readonly Sample[] {
	return text.split(/\r?\n/).flatMap((line) => parseLine(line.trim()) ?? []);
}

function parseLine(line: string): Sample | undefined {
	if (line === '' || line.startsWith('#')) return undefined;
	const reader = new Reader(line);
	const name = reader.take(NAME);
	if (name === undefined) return undefined;
	reader.take(SPACE);
	const labels = reader.takeText('{') ? readLabels(reader) : {};
	reader.take(SPACE);
	const value = numberOf(reader.take(VALUE));
	return labels === undefined || value === undefined ? undefined : { name, labels, value };
}

function readLabels(reader: Reader): Record<string, string> | undefined {
	const labels: Record<string, string> = {};
	for (;;) {
		reader.take(SPACE);
		if (reader.takeText('}')) return labels;
		const name = reader.take(LABEL_NAME);
		const value = reader.take(LABEL_VALUE);
		if (name === undefined || value === undefined) return undefined;
		labels[name.slice(0, name.indexOf('=')).trim()] = unescapeLabel(value.slice(0, -1));
		reader.take(SPACE);
		if (!reader.takeText(',') && !reader.at('}')) return undefined;
	}
}

function unescapeLabel(text: string): string {
	return text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}

function numberOf(text: string | undefined): number | undefined {
	if (text === undefined) return undefined;
	if (/^nan$/i.test(text)) return Number.NaN;
	const infinite = /^([+-]?)inf(?:inity)?$/i.exec(text);
	if (infinite) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
	const value = Number(text);
	return Number.isNaN(value) ? undefined : value;
}

/** A line and a position in it. */
class Reader {
	readonly #text: string;
	#position = 0;

	constructor(text: string) {
		this.#text = text;
	}

	/** The match of a sticky pattern at the position; undefined when there is none. */
	take(pattern: RegExp): string | undefined {
		pattern.lastIndex = this.#position;
		const found = pattern.exec(this.#text)?.[0];
		if (found !== undefined) this.#position += found.length;
		return found;
	}

	takeText(text: string): boolean {
		if (!this.at(text)) return false;
		this.#position += text.length;
		return true;
	}

	at(text: string): boolean {
		return this.#text.startsWith(text, this.#position);
	}
}

/** Sum of a metric over its labels; undefined when no sample has a finite value. */
export function sumOf(samples: readonly Sample[], ...names: readonly string[]): number | undefined {
	const values = valuesOf(samples, names);
	return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}

/** Mean of a metric over its labels; undefined when no sample has a finite value. */
export function meanOf(samples: readonly Sample[], ...names: readonly string[]): number | undefined {
	const sum = sumOf(samples, ...names);
	return sum === undefined ? undefined : sum / valuesOf(samples, names).length;
}

/** The first of several names of one metric that is present. */
function valuesOf(samples: readonly Sample[], names: readonly string[]): number[] {
	for (const name of names) {
		const values = samples.filter((sample) => sample.name === name && Number.isFinite(sample.value));
		if (values.length > 0) return values.map(({ value }) => value);
	}
	return [];
}
