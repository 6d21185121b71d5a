/** A shorter text is in nearly every file. */
const REQUIRED_CHARACTERS = 3;

/** Collects the longest run of text that stands outside of groups. */
export class RequiredText {
	#longest = '';
	#run = '';
	#isKnown = true;
	/** Whether what stands before the run can match a line feed. */
	#isAfterFeed = false;
	/** The same for the longest run. */
	isAfterFeed = false;

	/** @param isAfterFeed whether anything so far, this text included, can match a line feed */
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

	/** There is another way to match. */
	forget(): void {
		this.#isKnown = false;
	}

	get value(): string | undefined {
		return this.#isKnown && this.#longest.length >= REQUIRED_CHARACTERS ? this.#longest : undefined;
	}
}
