interface Kept {
	readonly model: string;
	readonly tokens: number;
}

/** Conversations that a server is believed to have in its prefix cache: the last few it served. */
export class PrefixMemory {
	readonly #capacity: number;
	readonly #kept = new Map<string, Kept>();

	constructor(capacity: number) {
		this.#capacity = capacity;
	}

	/** Prompt tokens that the server does not have to read again. */
	hit(conversationId: string, model: string, promptTokens: number): number {
		const kept = this.#kept.get(conversationId);
		return kept?.model === model ? Math.min(kept.tokens, promptTokens) : 0;
	}

	remember(conversationId: string, model: string, tokens: number): void {
		this.#kept.delete(conversationId);
		this.#kept.set(conversationId, { model, tokens });
		for (const oldest of this.#kept.keys()) {
			if (this.#kept.size <= this.#capacity) break;
			this.#kept.delete(oldest);
		}
	}

	/** Forgets everything: the server was restarted or loaded another model. */
	clear(): void {
		this.#kept.clear();
	}
}
