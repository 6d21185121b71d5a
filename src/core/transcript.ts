import type { ChatMessage } from './model.ts';

/**
 * The conversation with the root model. Messages are only ever added, so that servers can reuse what they have cached
 * of the beginning; a compaction is the one exception and starts a new conversation.
 */
export class Transcript {
	#messages: ChatMessage[];
	#reported = 0;

	constructor(system: string, first: string) {
		this.#messages = [
			{ role: 'system', content: system },
			{ role: 'user', content: first },
		];
	}

	get messages(): readonly ChatMessage[] {
		return this.#messages;
	}

	add(role: 'user' | 'assistant', content: string): void {
		this.#messages.push({ role, content });
	}

	/** Messages that were added since this was last asked. */
	takeNew(): readonly ChatMessage[] {
		const added = this.#messages.slice(this.#reported);
		this.#reported = this.#messages.length;
		return added;
	}

	/** Starts anew with the same system message. Returns the messages given up. */
	restart(first: string): readonly ChatMessage[] {
		const [system, ...old] = this.#messages;
		this.#messages = [...(system ? [system] : []), { role: 'user', content: first }];
		this.#reported = 0;
		return old;
	}
}
