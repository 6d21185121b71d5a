// Answers with citations that are known to be right or wrong, over the text of real files.
import { randomFrom } from './budgetPrograms.ts';

/** A file of the corpus. */
export interface PlantedFile {
	readonly path: string;
	readonly lines: readonly string[];
}

/** How a citation is wrong. */
export const WRONG_KINDS = ['digit', 'file', 'line', 'invented'] as const;
export type WrongKind = (typeof WRONG_KINDS)[number];

/** An answer with one citation. */
export interface Planted {
	readonly answer: string;
	readonly kind: WrongKind | 'right';
}

interface Cited {
	readonly path: string;
	readonly start: number;
	readonly end: number;
	readonly quote: string;
}

function range({ start, end }: Cited, to: string, prefix = ''): string {
	return start === end ? `${prefix}${start}` : `${prefix}${start}${to}${prefix}${end}`;
}

/** Each notation of a place. */
const PLACES: readonly ((cited: Cited) => string)[] = [
	(cited) => `${cited.path}:${range(cited, '-')}`,
	(cited) => `\`${cited.path}:${range(cited, '-')}\``,
	(cited) => `\`${cited.path}\`:${range(cited, '–')}`,
	(cited) => `**${cited.path}**:${range(cited, '-')}`,
	(cited) => `${cited.path}:${range(cited, '-', 'L')}`,
	(cited) => `${cited.path}#${range(cited, '-', 'L')}`,
	(cited) => `[the file](${cited.path}#${range(cited, '-', 'L')})`,
	(cited) => `${cited.path} (${word(cited)} ${range(cited, ' to ')})`,
	(cited) => `\`${cited.path}\` (${word(cited)} ${range(cited, '-')})`,
	(cited) => `${cited.path}, ${word(cited)} ${range(cited, '-')}`,
	(cited) => `${cited.path} at ${word(cited)} ${range(cited, '-')}`,
	(cited) => `${word(cited)} ${range(cited, '-')} of ${cited.path}`,
	(cited) => `${word(cited)} ${range(cited, '-')} in \`${cited.path}\``,
];

function word({ start, end }: Cited): string {
	return start === end ? 'line' : 'lines';
}

/** Each way to quote beside a place. Those for one line only take a text without line ends. */
const INLINE: readonly ((place: string, quote: string) => string)[] = [
	(place, quote) => `${place} "${quote}"`,
	(place, quote) => `${place}: "${quote}".`,
	(place, quote) => `It is set where the run begins: ${place} says “${quote}”, and nowhere else.`,
	(place, quote) => `- ${place} — ${code(quote)}`,
	(place, quote) => `The value is fixed: ${code(quote)} (${place}).`,
	(place, quote) => `The text says "${quote}" (${place}), so this is settled.`,
	(place, quote) => `| ${place} | ${code(quote)} |`,
	(place, quote) => `So steht es in ${place}: „${quote}“.`,
	(place, quote) => `> ${quote}\n\n— ${place}`,
	(place, quote) => `> "${quote}" — ${place}`,
];
const BLOCKS: readonly ((place: string, quote: string) => string)[] = [
	(place, quote) => `In ${place}:\n\n\`\`\`ts\n${quote}\n\`\`\`\n\nThat is all.`,
	(place, quote) => `${place}\n${quoted(quote)}`,
	(place, quote) => `The limit is in ${place}:\n${quoted(quote)}\n\nNothing else sets it.`,
	(place, quote) => `${quoted(quote)}\n> — ${place}`,
	(place, quote) => `\`\`\`\n// ${place}\n${quote}\n\`\`\``,
];

function quoted(text: string): string {
	return text
		.split('\n')
		.map((line) => `> ${line}`)
		.join('\n');
}

function code(text: string): string {
	return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

/** Makes answers with one citation each, in turn with every notation of a place and every way to quote. */
export class Planter {
	readonly #files: readonly PlantedFile[];
	readonly #pick: (below: number) => number;

	constructor(files: readonly PlantedFile[], seed: number) {
		this.#files = files;
		this.#pick = randomFrom(seed);
	}

	right(): Planted {
		return this.#planted(this.#cited(), 'right');
	}

	wrong(kind: WrongKind): Planted {
		for (;;) {
			const cited = this.#spoiled(this.#cited(), kind);
			if (cited && !this.#stands(cited)) return this.#planted(cited, kind);
		}
	}

	/** A line, or some lines, that say something. */
	#cited(): Cited {
		for (;;) {
			const { path, lines } = this.#one(this.#files);
			const start = this.#pick(lines.length);
			const count = this.#pick(3) === 0 ? 2 + this.#pick(3) : 1;
			const shown = lines.slice(start, start + count);
			const isTelling = shown.every((line) => line.trim().length >= 12 && /\w\s+\w/.test(line));
			if (!isTelling || shown.length < count || shown.some((line) => line.includes('```'))) continue;
			const quote = count === 1 ? (shown[0] ?? '').trim() : shown.join('\n');
			return { path, start: start + 1, end: start + count, quote };
		}
	}

	#spoiled(cited: Cited, kind: WrongKind): Cited | undefined {
		switch (kind) {
			case 'digit': {
				const places = [...cited.quote.matchAll(/\d/g)].map(({ index }) => index);
				if (places.length === 0) return undefined;
				const at = this.#one(places);
				const digit = (Number(cited.quote[at]) + 1 + this.#pick(9)) % 10;
				return { ...cited, quote: cited.quote.slice(0, at) + digit + cited.quote.slice(at + 1) };
			}
			case 'file': {
				const isMissing = this.#pick(3) === 0;
				return { ...cited, path: isMissing ? cited.path.replace(/(\.\w+)$/, 'Old$1') : this.#one(this.#files).path };
			}
			case 'line': {
				const by = (1 + this.#pick(20)) * (this.#pick(2) === 0 ? 1 : -1);
				return cited.start + by < 1 ? undefined : { ...cited, start: cited.start + by, end: cited.end + by };
			}
			case 'invented': {
				const words = Array.from({ length: 6 }, () => this.#one(WORDS));
				return { ...cited, quote: `${words.join(' ')} ${this.#pick(1000)}` };
			}
		}
	}

	/** Whether a spoiled citation happens to be right. */
	#stands({ path, start, quote }: Cited): boolean {
		const lines = this.#files.find((file) => file.path === path)?.lines ?? [];
		const [first = ''] = quote.split('\n').map((line) => line.trim());
		const length = quote.split('\n').length;
		return lines.slice(start - 1, start - 1 + length).some((line) => line.includes(first));
	}

	#planted(cited: Cited, kind: Planted['kind']): Planted {
		const ways = cited.quote.includes('\n') ? BLOCKS : [...INLINE, ...BLOCKS];
		return { answer: this.#one(ways)(this.#one(PLACES)(cited), cited.quote), kind };
	}

	#one<T>(all: readonly T[]): T {
		const [chosen] = all.slice(this.#pick(all.length));
		if (chosen === undefined) throw new Error('nothing to choose from');
		return chosen;
	}
}

const WORDS = 'the every retry server waits after limit seconds before queue is never called twice when run ends'.split(
	' ',
);
