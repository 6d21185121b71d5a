import type { ChatMessage } from './ports/model.ts';
import type { Frame } from './prompt/frame.ts';

/**
 * The conversation with the root model. Messages are only ever appended, so that servers can reuse their cache of the
 * beginning. A compaction is the one exception and starts a new conversation.
 */
export class Transcript {
	#messages: ChatMessage[];
	#fresh: ChatMessage[];
	readonly #keepsApart: boolean;

	constructor({ opening, keepsMessagesApart }: Pick<Frame, 'opening' | 'keepsMessagesApart'>) {
		this.#messages = [...opening];
		this.#fresh = [...opening];
		this.#keepsApart = keepsMessagesApart;
	}

	get messages(): readonly ChatMessage[] {
		return this.#messages;
	}

	/**
	 * Adds a message. After another one of its role it continues that one, unless the frame keeps them apart: many chat
	 * templates require alternating roles.
	 */
	add(role: 'user' | 'assistant', content: string): void {
		const last = this.#messages.at(-1);
		this.#fresh.push({ role, content });
		if (last?.role === role && !this.#keepsApart)
			this.#messages[this.#messages.length - 1] = { role, content: `${last.content}\n\n${content}` };
		else this.#messages.push({ role, content });
	}

	/** Messages added since this was last called. */
	takeNew(): readonly ChatMessage[] {
		const fresh = this.#fresh;
		this.#fresh = [];
		return fresh;
	}

	/** Starts again with these messages of the user. The system message stays. @returns the dropped messages */
	restart(users: readonly string[]): readonly ChatMessage[] {
		const [system, ...old] = this.#messages;
		const opening = users.map((content) => ({ role: 'user' as const, content }));
		this.#messages = [...(system ? [system] : []), ...opening];
		this.#fresh = [...this.#messages];
		return old;
	}
}
