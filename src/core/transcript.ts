import type { ChatMessage } from './ports/model.ts';

/**
 * The conversation with the root model. Messages are only ever appended, so that servers can reuse their cache of the
 * beginning. A compaction is the one exception and starts a new conversation.
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

	/**
	 * Adds a user message. After another user message it continues that one: many chat templates require alternating
	 * roles.
	 */
	add(role: 'user' | 'assistant', content: string): void {
		const last = this.#messages.at(-1);
		this.#fresh.push({ role, content });
		if (last?.role === role)
			this.#messages[this.#messages.length - 1] = { role, content: `${last.content}\n\n${content}` };
		else this.#messages.push({ role, content });
	}

	/** Messages added since this was last called. */
	takeNew(): readonly ChatMessage[] {
		const fresh = this.#fresh;
		this.#fresh = [];
		return fresh;
	}

	/** Starts again with the same system message. @returns the dropped messages */
	restart(first: string): readonly ChatMessage[] {
		const [system, ...old] = this.#messages;
		this.#messages = [...(system ? [system] : []), { role: 'user', content: first }];
		this.#fresh = [...this.#messages];
		return old;
	}
}
