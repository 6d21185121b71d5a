import type { ModelRole } from '../../core/ports/model.ts';
import { RunningMean } from './runningMean.ts';
import type { AttemptFigures } from './types.ts';

/** Assumed for a server that has not answered yet: a mid-range GPU. Tokens per second; ms. */
const PRIOR = { prompt: 500, completion: 20, loadMs: 10_000 };
const NEWEST = 0.2;
/** A prompt with fewer new tokens measures the server's latency rather than its speed. */
const MIN_PROMPT_TOKENS = 100;
const MIN_COMPLETION_TOKENS = 8;
/** A first token at most this late shows that no model was loaded. ms */
const MIN_LOAD_MS = 1_000;

/** Expected durations of a call. ms */
export interface Prediction {
	readonly loadMs: number;
	/** From the start to the first token, including loading. */
	readonly firstTokenMs: number;
	readonly totalMs: number;
}

/** Measured speeds of one model at one server. */
export class ModelRates {
	readonly #prompt = new RunningMean(NEWEST);
	readonly #delay = new RunningMean(NEWEST);
	readonly #load = new RunningMean(NEWEST);
	/** By the number of concurrent calls. */
	readonly #completion: (RunningMean | undefined)[] = [];
	/** Mean over all servers and models: the best guess where nothing was loaded yet. ms */
	readonly #anyLoad: RunningMean;
	/** From a reply in progress; used until one has ended. */
	#growing: number | undefined;

	/** @param anyLoad shared by the rates of all servers */
	constructor(anyLoad: RunningMean) {
		this.#anyLoad = anyLoad;
	}

	get promptSpeed(): number | undefined {
		return this.#prompt.value;
	}

	get completionSpeed(): number | undefined {
		return this.#nearest(1);
	}

	/**
	 * @param newTokens prompt tokens that are not in the server's cache @param concurrency concurrent calls, including
	 * this one
	 */
	predict(newTokens: number, completionTokens: number, concurrency: number, isLoaded: boolean): Prediction {
		const loadMs = isLoaded ? 0 : (this.#load.value ?? this.#anyLoad.value ?? PRIOR.loadMs);
		const promptMs = (1000 * newTokens) / (this.#prompt.value ?? PRIOR.prompt);
		const firstTokenMs = loadMs + (this.#delay.value ?? 0) + promptMs;
		return { loadMs, firstTokenMs, totalMs: firstTokenMs + this.completionMs(completionTokens, concurrency) };
	}

	/** Time for this many tokens of a reply, ms. */
	completionMs(tokens: number, concurrency: number): number {
		return (1000 * tokens) / (this.#nearest(concurrency) ?? PRIOR.completion);
	}

	/** Takes the time to the first token. @param wasCold whether a model may have been loaded before it */
	learnFirstToken(newTokens: number, firstTokenMs: number, wasCold: boolean): void {
		const expected = this.predict(newTokens, 0, 1, true).firstTokenMs;
		if (wasCold && firstTokenMs - expected > MIN_LOAD_MS) {
			this.#load.add(firstTokenMs - expected);
			this.#anyLoad.add(firstTokenMs - expected);
		} else if (newTokens < MIN_PROMPT_TOKENS) this.#delay.add(firstTokenMs);
		else this.#prompt.add((1000 * newTokens) / Math.max(1, firstTokenMs - (this.#delay.value ?? 0)));
	}

	/** Takes a reply in progress: tokens so far, and the time since the first one. */
	learnGrowth(tokens: number, milliseconds: number): void {
		if (tokens >= MIN_COMPLETION_TOKENS && milliseconds > 0) this.#growing = (1000 * tokens) / milliseconds;
	}

	/** Takes a complete reply. */
	learnCompletion({ completionTokens, firstTokenMs, durationMs }: AttemptFigures, concurrency: number): void {
		if (completionTokens < MIN_COMPLETION_TOKENS || durationMs <= firstTokenMs) return;
		this.#completion[concurrency] ??= new RunningMean(NEWEST);
		this.#completion[concurrency].add((1000 * completionTokens) / (durationMs - firstTokenMs));
	}

	/** Speed at this concurrency, or at the nearest that was measured. */
	#nearest(concurrency: number): number | undefined {
		const farthest = Math.max(concurrency, this.#completion.length - concurrency);
		for (let distance = 0; distance <= farthest; distance++) {
			const near = this.#completion[concurrency - distance] ?? this.#completion[concurrency + distance];
			if (near) return near.value;
		}
		return this.#growing;
	}
}

/** Assumed length of replies before any was seen. Tokens. */
const FIRST_GUESS: Record<ModelRole, number> = { root: 600, sub: 180 };

/** Length of replies by role and model. */
export class ReplyLengths {
	readonly #means = new Map<string, RunningMean>();

	/** Estimated tokens of a reply. */
	estimate(role: ModelRole, model: string, maxTokens = Number.POSITIVE_INFINITY): number {
		return Math.min(maxTokens, this.#means.get(`${role} ${model}`)?.value ?? FIRST_GUESS[role]);
	}

	learn(role: ModelRole, model: string, tokens: number): void {
		const key = `${role} ${model}`;
		const mean = this.#means.get(key) ?? new RunningMean(0.05);
		this.#means.set(key, mean);
		mean.add(tokens);
	}
}

/** Reference speeds that convert work to time, for fairness. Tokens per second. */
const REFERENCE = { prompt: 500, completion: 20 };

/** Work of a call in reference seconds, whichever server does it. */
export function workOf(promptTokens: number, completionTokens: number): number {
	return promptTokens / REFERENCE.prompt + completionTokens / REFERENCE.completion;
}
