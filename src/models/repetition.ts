/** A shorter stretch proves nothing. Characters. */
const SHORTEST_STRETCH = 600;
/** Characters at the end of a reply in which a repetition is looked for. A unit is at most half as long. */
const WINDOW = 8_000;
/** Characters by which a reply grows between two looks. */
const STEP = 200;
/** Characters at the end that have to recur. */
const NEEDLE = 24;
/** A unit has to stand there this many times; a line as many times as the prompt has lines, which may be its items. */
const TIMES = 12;
/** A line that is longer than a label is no answer for each item. Characters. */
const LABEL = 40;
/** The same for an item of a list in JSON, with its fields. */
const ITEM = 400;

/**
 * Finds a reply that goes nowhere: the same phrase, line or paragraph over and over, until the limit of tokens ends it.
 * A short line is allowed once for each line of the prompt, because a model that is asked about many items may give the
 * same label to all of them.
 */
export class Repetition {
	readonly #promptLines: () => number;
	readonly #isJson: boolean;
	#tail = '';
	#new = '';

	/**
	 * @param promptLines lines of the prompt; counted only when they matter
	 * @param isJson whether the reply is JSON, where what recurs may be an item of a list
	 */
	constructor(promptLines: () => number, isJson = false) {
		this.#promptLines = promptLines;
		this.#isJson = isJson;
	}

	/** Takes the next piece of the reply. @returns true when it goes nowhere */
	add(text: string): boolean {
		this.#new += text;
		if (this.#new.length < STEP) return false;
		this.#tail = (this.#tail + this.#new).slice(-WINDOW);
		this.#new = '';
		return this.#goesNowhere();
	}

	#goesNowhere(): boolean {
		const period = periodAtEnd(this.#tail);
		if (period === undefined) return false;
		const stretch = stretchOf(this.#tail, period);
		const unit = this.#tail.slice(-period);
		return stretch >= SHORTEST_STRETCH && stretch / period >= this.#allowed(unit, period);
	}

	/** Repetitions from which a unit goes nowhere. What fills the whole window does in any case. */
	#allowed(unit: string, period: number): number {
		const most = Math.max(2, Math.floor((WINDOW - NEEDLE) / period));
		const isLabel = this.#isJson ? unit.length <= ITEM : unit.includes('\n') && isShort(unit);
		return Math.min(isLabel && unit.trim() !== '' ? Math.max(TIMES, this.#promptLines() + 1) : TIMES, most);
	}
}

function isShort(unit: string): boolean {
	return unit.split('\n').every((line) => line.length <= LABEL);
}

/** Distance at which the end of a text recurs; undefined when it does not. */
function periodAtEnd(text: string): number | undefined {
	if (text.length <= NEEDLE) return undefined;
	const start = text.length - NEEDLE;
	const before = text.lastIndexOf(text.slice(start), start - 1);
	return before < 0 ? undefined : start - before;
}

/** Characters at the end of a text that repeat at a distance. */
function stretchOf(text: string, period: number): number {
	let index = text.length - 1;
	while (index >= period && text[index] === text[index - period]) index--;
	return text.length - 1 - index + period;
}
