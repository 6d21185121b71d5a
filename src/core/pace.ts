import type { ModelReply } from './ports/model.ts';

/** Weight of the newest reply in the running mean. */
const NEWEST = 0.3;
/** A shorter reply measures the server's delay. Tokens. */
const SHORTEST = 16;

/** A prompt with fewer new tokens measures the server's delay. Tokens. */
const SHORTEST_PROMPT = 64;

/** How fast models read and write, as a tree of runs sees it. */
export class Pace {
	readonly #tokensPerMs = new Map<string, number>();
	readonly #promptTokensPerMs = new Map<string, number>();

	note({ model, usage, durationMs, firstTokenMs }: ModelReply): void {
		const read = usage.promptTokens - (usage.cachedPromptTokens ?? 0);
		if (read >= SHORTEST_PROMPT) measure(this.#promptTokensPerMs, model, read, firstTokenMs);
		if (usage.completionTokens >= SHORTEST) {
			measure(this.#tokensPerMs, model, usage.completionTokens, durationMs - firstTokenMs);
		}
	}

	/** Time that a model takes to read a prompt and to write a reply, ms; 0 while nothing was measured. */
	msFor(promptTokens: number, completionTokens: number, model: string): number {
		const reading = promptTokens / (this.#promptTokensPerMs.get(model) ?? Number.POSITIVE_INFINITY);
		return reading + completionTokens / (this.#tokensPerMs.get(model) ?? Number.POSITIVE_INFINITY);
	}

	/** Tokens that a model writes in this time; without limit while nothing was measured. */
	tokensIn(ms: number, model: string): number {
		return (this.#tokensPerMs.get(model) ?? Number.POSITIVE_INFINITY) * ms;
	}
}

function measure(speeds: Map<string, number>, model: string, tokens: number, ms: number): void {
	if (ms <= 0) return;
	const known = speeds.get(model) ?? tokens / ms;
	speeds.set(model, known + NEWEST * (tokens / ms - known));
}
