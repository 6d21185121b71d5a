import type { ModelReply } from './ports/model.ts';

/** Weight of the newest reply in the running mean. */
const NEWEST = 0.3;
/** A shorter reply measures the server's delay. Tokens. */
const SHORTEST = 16;

/** How fast models write, as a tree of runs sees it. */
export class Pace {
	readonly #tokensPerMs = new Map<string, number>();

	note({ model, usage, durationMs, firstTokenMs }: ModelReply): void {
		const writingMs = durationMs - firstTokenMs;
		if (usage.completionTokens < SHORTEST || writingMs <= 0) return;
		const measured = usage.completionTokens / writingMs;
		const known = this.#tokensPerMs.get(model) ?? measured;
		this.#tokensPerMs.set(model, known + NEWEST * (measured - known));
	}

	/** Tokens that a model writes in this time; without limit while nothing was measured. */
	tokensIn(ms: number, model: string): number {
		return (this.#tokensPerMs.get(model) ?? Number.POSITIVE_INFINITY) * ms;
	}
}
