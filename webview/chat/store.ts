import type { ChatHead, ShownExchange, ToChat } from '../../src/protocol/chat.ts';

/** What the page keeps over hiding and reloading; everything else comes from the extension. */
export interface Kept {
	/** What is typed and not sent. */
	readonly typed: string;
}

/** The conversation as the page knows it. */
export class Store {
	head: ChatHead | undefined;
	exchanges: readonly ShownExchange[] = [];

	/** A question is being answered. */
	get isBusy(): boolean {
		const state = this.exchanges.at(-1)?.state;
		return state === 'collecting' || state === 'running';
	}

	/** @returns false for a message about a conversation that is not in sight */
	take(message: ToChat): boolean {
		switch (message.type) {
			case 'show':
				this.head = message.head;
				this.exchanges = message.exchanges;
				return true;
			case 'head':
				this.head = message.head;
				return true;
			case 'exchange':
				if (message.conversation !== this.head?.id) return false;
				this.exchanges = withExchange(this.exchanges, message.exchange);
				return true;
			case 'take-back':
				if (message.conversation !== this.head?.id) return false;
				this.exchanges = this.exchanges.filter(({ id }) => id !== message.exchangeId);
				return true;
			case 'refused':
			case 'focus':
				return true;
		}
	}
}

function withExchange(exchanges: readonly ShownExchange[], exchange: ShownExchange): readonly ShownExchange[] {
	const isNew = !exchanges.some(({ id }) => id === exchange.id);
	return isNew ? [...exchanges, exchange] : exchanges.map((other) => (other.id === exchange.id ? exchange : other));
}

/** Earlier questions, gone through with the arrow keys as in a shell. What was being typed is the newest entry. */
export class InputHistory {
	#entries: readonly string[] = [];
	#position = 0;
	#typed = '';

	/** The entry in sight, when the user is looking through earlier ones. */
	get shown(): string | undefined {
		return this.#entries[this.#position];
	}

	/** @param asked oldest first */
	replace(asked: readonly string[]): void {
		const isSame = asked.length === this.#entries.length && asked.every((text, index) => text === this.#entries[index]);
		if (isSame) return;
		this.#entries = asked;
		this.#position = asked.length;
	}

	/** @returns the earlier question; undefined when there is none */
	previous(typed: string): string | undefined {
		if (this.#position === 0) return undefined;
		if (this.#position === this.#entries.length) this.#typed = typed;
		this.#position--;
		return this.shown;
	}

	/** @returns the later question, at last what was being typed; undefined when that is in sight */
	next(): string | undefined {
		if (this.#position >= this.#entries.length) return undefined;
		this.#position++;
		return this.shown ?? this.#typed;
	}

	/** Begins at the newest again. */
	reset(): void {
		this.#position = this.#entries.length;
		this.#typed = '';
	}
}
