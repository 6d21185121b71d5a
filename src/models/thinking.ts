import type { DeltaSink } from '../core/ports/model.ts';

const OPENING = ['<think>', '<thinking>'];

/**
 * Moves a thinking block at the very start of a reply to the reasoning channel. Servers without a reasoning parser send
 * it as text, and its tags may be split over any number of pieces.
 */
export class ThinkingSplitter {
	readonly #sink: DeltaSink;
	#state: 'start' | 'thinking' | 'after' | 'text' = 'start';
	#held = '';
	#closing = '';

	constructor(sink: DeltaSink) {
		this.#sink = sink;
	}

	push(text: string): void {
		if (this.#state === 'text') {
			this.#sink(text, 'text');
			return;
		}
		this.#held += text;
		if (this.#state === 'start') this.#readStart();
		if (this.#state === 'thinking') this.#readThinking();
		if (this.#state === 'after') this.#readAfter();
	}

	/** Delivers text that was held back because it might have become a tag. */
	end(): void {
		if (this.#held && this.#state !== 'after')
			this.#sink(this.#held, this.#state === 'thinking' ? 'reasoning' : 'text');
		this.#held = '';
	}

	#readStart(): void {
		const text = this.#held.trimStart();
		const opening = OPENING.find((tag) => text.startsWith(tag));
		if (opening) {
			this.#closing = opening.replace('<', '</');
			this.#held = text.slice(opening.length);
			this.#state = 'thinking';
		} else if (!OPENING.some((tag) => tag.startsWith(text))) {
			this.#state = 'text';
			this.#release('text', this.#held.length);
		}
	}

	#readThinking(): void {
		const end = this.#held.indexOf(this.#closing);
		if (end < 0) {
			this.#release('reasoning', this.#held.length - heldTail(this.#held, this.#closing));
			return;
		}
		this.#release('reasoning', end);
		this.#held = this.#held.slice(this.#closing.length);
		this.#state = 'after';
	}

	/** White space between the thinking block and the reply belongs to neither. */
	#readAfter(): void {
		this.#held = this.#held.trimStart();
		if (!this.#held) return;
		this.#state = 'text';
		this.#release('text', this.#held.length);
	}

	#release(channel: 'text' | 'reasoning', length: number): void {
		const text = this.#held.slice(0, length);
		this.#held = this.#held.slice(length);
		if (text) this.#sink(text, channel);
	}
}

/** Characters at the end of a text that may be the beginning of a tag. */
function heldTail(text: string, tag: string): number {
	for (let length = Math.min(tag.length - 1, text.length); length > 0; length--) {
		if (tag.startsWith(text.slice(-length))) return length;
	}
	return 0;
}
