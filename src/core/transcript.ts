import type { ChatMessage } from './ports/model.ts';

/**
 * The conversation with the root model. Messages are only ever added, so that servers can reuse what they have cached
 * of the beginning; a compaction is the one exception and starts a new conversation.
 */
export class Transcript {
	#messages: ChatMessage[];
	#fresh: ChatMessage[];

	constructor(system: string, first: string) {
		this.#messages = [
			{ role: 'system', content: system },
			{ role: 'user', content: first },
		];
		this.#fresh = [...this.#messages];
	}

	get messages(): readonly ChatMessage[] {
		return this.#messages;
	}

	/** A user message after a user message continues it: many chat templates refuse roles that do not alternate. */
	add(role: 'user' | 'assistant', content: string): void {
		const last = this.#messages.at(-1);
		this.#fresh.push({ role, content });
		if (last?.role === role)
			this.#messages[this.#messages.length - 1] = { role, content: `${last.content}\n\n${content}` };
		else this.#messages.push({ role, content });
	}

	/** What was added since this was last asked. */
	takeNew(): readonly ChatMessage[] {
		const fresh = this.#fresh;
		this.#fresh = [];
		return fresh;
	}

	/** Starts anew with the same system message. Returns the messages given up. */
	restart(first: string): readonly ChatMessage[] {
		const [system, ...old] = this.#messages;
		this.#messages = [...(system ? [system] : []), { role: 'user', content: first }];
		this.#fresh = [...this.#messages];
		return old;
	}
}
