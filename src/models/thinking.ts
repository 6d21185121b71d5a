import { LONGEST_MARK, REASONING_END, REASONING_START } from '../core/markers.ts';
import type { DeltaSink } from '../core/ports/model.ts';

const CHANNEL = '<\\|channel\\|>(?:analysis|commentary)<\\|message\\|>';
const OPENING = new RegExp(`^(?:${REASONING_START}|${CHANNEL})`, 'i');
const CLOSING = new RegExp(`${REASONING_END}|<\\|end\\|>`, 'i');
/** What may become an opening mark with the next piece. */
const MAY_OPEN = /^(?:<\|?[a-z_]{0,24}(?:[:|>_ ][^\n]{0,60})?|\[[a-z]{0,6}|◁\/?[a-z]{0,6})$/i;

/** White space before a reply that may still be followed by a mark, characters. More is text, which may be cut. */
const MOST_LEADING = 1_000;

/**
 * Shows a thinking block at the very start of a reply as reasoning while it streams. Servers without a reasoning parser
 * send it as text, and its marks may be split over any number of pieces. What the reply is in the end, `bareReply`
 * decides: not every block can be seen before its end.
 */
export class ThinkingSplitter {
	readonly #sink: DeltaSink;
	#state: 'start' | 'thinking' | 'after' | 'text' = 'start';
	#held = '';

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

	/** Delivers text that was held back because it might have become a mark. */
	end(): void {
		if (this.#held && this.#state !== 'after')
			this.#sink(this.#held, this.#state === 'thinking' ? 'reasoning' : 'text');
		this.#held = '';
	}

	#readStart(): void {
		const text = this.#held.trimStart();
		const opening = OPENING.exec(text);
		if (opening) {
			this.#held = text.slice(opening[0].length);
			this.#state = 'thinking';
		} else if (text === '' ? this.#held.length > MOST_LEADING : !MAY_OPEN.test(text)) {
			this.#state = 'text';
			this.#release('text', this.#held.length);
		}
	}

	#readThinking(): void {
		const closing = CLOSING.exec(this.#held);
		if (!closing) {
			this.#release('reasoning', this.#held.length - heldTail(this.#held));
			return;
		}
		this.#release('reasoning', closing.index);
		this.#held = this.#held.slice(closing[0].length);
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

/** Characters at the end of a text that may be the beginning of a mark. */
function heldTail(text: string): number {
	const tail = text.slice(-LONGEST_MARK);
	const start = Math.max(tail.lastIndexOf('<'), tail.lastIndexOf('['), tail.lastIndexOf('◁'));
	return start < 0 ? 0 : tail.length - start;
}
