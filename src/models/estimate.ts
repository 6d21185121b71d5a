/**
 * Characters per token before any measurement. English prose has about 4, source code about 3; 3.5 is cautious for what
 * this product mostly sends.
 */
export const INITIAL_CHARACTERS_PER_TOKEN = 3.5;

/** Chinese, Japanese and Korean text has about one token per character in every model. */
const WIDE_CHARACTER_WEIGHT = INITIAL_CHARACTERS_PER_TOKEN;
const FIRST_WIDE_CODE = 0x2e80;
const FIRST_SURROGATE = 0xd800;
const LAST_SURROGATE = 0xdfff;

/** A shorter prompt measures the chat template rather than the text. */
const MIN_CHARACTERS_TO_LEARN = 400;
/** A reported ratio outside this range is not a count of these texts. Characters per token. */
const PLAUSIBLE_RATIO = { min: 0.8, max: 12 };
/** Weight of the newest measurement in the running mean. */
const LEARNING_RATE = 0.3;

/** An estimated number of tokens. */
export interface TokenEstimate {
	readonly tokens: number;
	/** Characters it is based on; wide ones count as several. */
	readonly characters: number;
	/** True when it is based on usage that a server reported for this model. */
	readonly isCalibrated: boolean;
}

/** Estimates tokens from characters, and learns each model's ratio from the usage that servers report. */
export class TokenEstimator {
	readonly #ratios = new Map<string, number>();

	estimate(model: string, texts: Iterable<string>): TokenEstimate {
		const learned = this.#ratios.get(model);
		const characters = weigh(texts);
		return {
			characters,
			tokens: Math.ceil(characters / (learned ?? INITIAL_CHARACTERS_PER_TOKEN)),
			isCalibrated: learned !== undefined,
		};
	}

	/** @param tokens the server's count for exactly these texts */
	learn(model: string, texts: Iterable<string>, tokens: number): void {
		const weight = weigh(texts);
		const measured = weight / tokens;
		if (weight < MIN_CHARACTERS_TO_LEARN || measured < PLAUSIBLE_RATIO.min || measured > PLAUSIBLE_RATIO.max) return;
		const known = this.#ratios.get(model);
		this.#ratios.set(model, known === undefined ? measured : known + LEARNING_RATE * (measured - known));
	}
}

/** Length in characters; each wide one counts as the several characters that make a token elsewhere. */
function weigh(texts: Iterable<string>): number {
	let weight = 0;
	for (const text of texts) {
		weight += text.length;
		for (let index = 0; index < text.length; index++) {
			const code = text.charCodeAt(index);
			if (code >= FIRST_WIDE_CODE && (code < FIRST_SURROGATE || code > LAST_SURROGATE))
				weight += WIDE_CHARACTER_WEIGHT - 1;
		}
	}
	return weight;
}
