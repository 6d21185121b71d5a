import type { CallOptions } from '../core/ports/model.ts';

/**
 * The text of one reply on its way in. Puts the prefill before it, which most servers leave out and some repeat, and ends
 * it at a stop text, which some servers ignore.
 */
export class ReplyText {
	readonly #prefill: string;
	readonly #stops: readonly string[];
	readonly #deliver: (text: string) => void;
	readonly #stop: () => void;
	#hasBegun = false;
	/** Not delivered yet: it may become the prefill again, or a stop text. */
	#held = '';

	/**
	 * @param deliver takes the text, piece by piece
	 * @param stop called once the reply is complete; what comes later is not wanted
	 */
	constructor(options: Pick<CallOptions, 'prefill' | 'stop'>, deliver: (text: string) => void, stop: () => void) {
		this.#prefill = options.prefill?.text ?? '';
		this.#stops = stopTexts(options);
		this.#deliver = deliver;
		this.#stop = stop;
	}

	push(text: string): void {
		this.#held += text;
		if (!this.#hasBegun && this.#mayRepeatPrefill()) return;
		this.#begin();
		const end = firstOf(this.#held, this.#stops);
		if (end === undefined) {
			this.#release(this.#held.length - beginningAtEnd(this.#held, this.#stops));
			return;
		}
		this.#release(end);
		this.#held = '';
		this.#stop();
	}

	/** Delivers what was held back. */
	end(): void {
		if (this.#held === '') return;
		this.#begin();
		this.#release(this.#held.length);
	}

	#mayRepeatPrefill(): boolean {
		return this.#held.length < this.#prefill.length && this.#prefill.startsWith(this.#held);
	}

	#begin(): void {
		if (this.#hasBegun) return;
		this.#hasBegun = true;
		if (this.#prefill === '') return;
		// Some servers and templates drop the white space at its end, and the model writes it.
		const end = /\s*$/.exec(this.#prefill)?.[0] ?? '';
		const repeated = [this.#prefill, end].find((text) => this.#held.startsWith(text)) ?? '';
		this.#held = this.#held.slice(repeated.length);
		this.#deliver(this.#prefill);
	}

	#release(length: number): void {
		const text = this.#held.slice(0, length);
		this.#held = this.#held.slice(length);
		if (text !== '') this.#deliver(text);
	}
}

/** All texts at which a reply ends. Empty ones would end it before it began. */
export function stopTexts({ stop = [], prefill }: Pick<CallOptions, 'prefill' | 'stop'>): string[] {
	return [...stop, ...(prefill?.stop ?? [])].filter((text) => text !== '');
}

/** Where the first of some texts begins. */
function firstOf(text: string, wanted: readonly string[]): number | undefined {
	const found = wanted.map((stop) => text.indexOf(stop)).filter((index) => index >= 0);
	return found.length === 0 ? undefined : Math.min(...found);
}

/** Characters at the end of a text that may be the beginning of one of these. */
function beginningAtEnd(text: string, wanted: readonly string[]): number {
	const longest = Math.max(0, ...wanted.map((stop) => stop.length - 1));
	for (let length = Math.min(longest, text.length); length > 0; length--) {
		const end = text.slice(-length);
		if (wanted.some((stop) => stop.startsWith(end))) return length;
	}
	return 0;
}
