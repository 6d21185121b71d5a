/** A shorter text occurs in nearly every file. */
const REQUIRED_CHARACTERS = 3;

/** Collects the longest run of text outside of groups. */
export class RequiredText {
	#longest = '';
	#run = '';
	#isKnown = true;
	/** Whether anything before the run can match a line feed. */
	#isAfterFeed = false;
	/** The same for the longest run. */
	isAfterFeed = false;

	/** @param isAfterFeed whether anything so far, including this text, can match a line feed */
	add(text: string | undefined, isAfterFeed: boolean): void {
		if (text === undefined) {
			this.#run = '';
			this.#isAfterFeed = isAfterFeed;
			return;
		}
		this.#run += text;
		if (this.#run.length <= this.#longest.length) return;
		this.#longest = this.#run;
		this.isAfterFeed = this.#isAfterFeed;
	}

	/** Gives up: there is another way to match, so no text is required. */
	forget(): void {
		this.#isKnown = false;
	}

	get value(): string | undefined {
		return this.#isKnown && this.#longest.length >= REQUIRED_CHARACTERS ? this.#longest : undefined;
	}
}
