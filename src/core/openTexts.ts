/** Total size of the texts of open calls in a tree of runs, prompts and contexts together. Characters. */
const MOST_CHARACTERS = 128 << 20;

/** Bounds the texts held by the open calls of a tree: code can start calls without waiting for their replies. */
export class OpenTexts {
	#held = 0;

	/** Total size of the texts of all calls, characters. */
	get most(): number {
		return MOST_CHARACTERS;
	}

	hasRoomFor(characters: number): boolean {
		return this.#held + characters <= MOST_CHARACTERS;
	}

	/** @returns a function that releases the texts; call it once */
	hold(characters: number): () => void {
		this.#held += characters;
		return () => {
			this.#held -= characters;
		};
	}
}
