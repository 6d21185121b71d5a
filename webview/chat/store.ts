import type { ChatHead, ShownExchange, ToChat } from '../../src/protocol/chat.ts';

/** State that the page keeps while hidden or reloaded. The extension sends everything else. */
export interface Kept {
	/** The text in the input. */
	readonly typed: string;
}

/** The conversation as the page knows it. */
export class Store {
	head: ChatHead | undefined;
	exchanges: readonly ShownExchange[] = [];

	/** Whether a question is being answered. */
	get isBusy(): boolean {
		const state = this.exchanges.at(-1)?.state;
		return state === 'collecting' || state === 'running';
	}

	/** Takes a message. @returns false for one about a conversation that is not shown */
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

/** Earlier questions that the arrow keys recall, as in a shell. The newest entry is the unsent text. */
export class InputHistory {
	#entries: readonly string[] = [];
	#position = 0;
	#typed = '';

	/** Entry that is shown while the user looks through earlier ones. */
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

	/** @returns the previous question, if any */
	previous(typed: string): string | undefined {
		if (this.#position === 0) return undefined;
		if (this.#position === this.#entries.length) this.#typed = typed;
		this.#position--;
		return this.shown;
	}

	/** @returns the next question, at the end the unsent text; undefined when that is shown */
	next(): string | undefined {
		if (this.#position >= this.#entries.length) return undefined;
		this.#position++;
		return this.shown ?? this.#typed;
	}

	/** Goes back to the newest entry. */
	reset(): void {
		this.#position = this.#entries.length;
		this.#typed = '';
	}
}
