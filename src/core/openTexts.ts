/** Texts of calls under way in a tree of runs, prompts and contexts together. Characters. */
const MOST_CHARACTERS = 128 << 20;

/** Bounds the texts that the open calls of a tree hold: code can ask without waiting for replies. */
export class OpenTexts {
	#held = 0;

	/** What the texts of all calls may have together. Characters. */
	get most(): number {
		return MOST_CHARACTERS;
	}

	hasRoomFor(characters: number): boolean {
		return this.#held + characters <= MOST_CHARACTERS;
	}

	/** @returns to be called once, when the texts are not needed any more */
	hold(characters: number): () => void {
		this.#held += characters;
		return () => {
			this.#held -= characters;
		};
	}
}
