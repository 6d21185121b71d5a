import type { CallOutcome } from './callOutcome.ts';
import type { SubQuery } from './ports/sandbox.ts';

/** Total size of remembered texts, characters. */
const MOST_CHARACTERS = 64 << 20;

/** Remembers the replies of one run, for calls that are repeated word for word. */
export class Memo {
	readonly #outcomes = new Map<string, Promise<CallOutcome>>();
	#characters = 0;

	find(query: SubQuery): Promise<CallOutcome> | undefined {
		return this.#outcomes.get(keyOf(query));
	}

	/** Stores a reply. Failures are not stored, so that a failed call can be retried. A full memo stores nothing. */
	remember(query: SubQuery, outcome: Promise<CallOutcome>): void {
		const key = keyOf(query);
		if (this.#characters + key.length > MOST_CHARACTERS) return;
		this.#characters += key.length;
		this.#outcomes.set(key, outcome);
		void outcome.then(({ reply }) => {
			this.#characters += reply.text.length;
			if (reply.failure && this.#outcomes.delete(key)) this.#characters -= key.length + reply.text.length;
		});
	}
}

/** Everything that the reply depends on. */
function keyOf({ spans: _, ...asked }: SubQuery): string {
	return JSON.stringify(Object.entries(asked).sort(([a], [b]) => (a < b ? -1 : 1)));
}
