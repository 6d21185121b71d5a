import { type FailureCategory, ModelError } from '../core/errors.ts';
import type { AttemptUse, CallObserver, Usage } from '../core/ports/model.ts';
import { present } from '../core/present.ts';

/** Failures which show that the server did not start on the request or cannot have received it. */
const TURNED_AWAY: ReadonlySet<FailureCategory> = new Set([
	'connect',
	'stale-socket',
	'tls',
	'overloaded',
	'rate-limit',
	'quota',
	'auth',
	'model-not-found',
	'context-overflow',
]);

/** What a meter needs to know about the request. */
export interface MeterOptions {
	/** Called once with the usage; see `CallObserver.onAttempt`. */
	readonly tell: ReturnType<CallObserver['onAttempt']>;
	/** Estimates the tokens of texts for the requested model. */
	readonly tokensOf: (texts: readonly string[]) => number;
	readonly prompt: readonly string[];
	/** Maximum of completion tokens in the request. */
	readonly maxTokens: number;
	readonly costOf: (usage: Usage) => number | undefined;
}

/**
 * Measures one attempt so that it counts however it ends. What the server did not report is estimated from the prompt
 * and the streamed text. If nothing arrived and no answer rules out more, the server may be writing unseen and may bill
 * it: then everything that the request allows counts.
 */
export class AttemptMeter {
	readonly #options: MeterOptions;
	#isSent = false;
	#isOver = false;
	#characters = 0;
	#pieces = 0;
	/** Kinds of characters weigh differently, so the text is kept until it is measured. */
	#text = '';

	constructor(options: MeterOptions) {
		this.#options = options;
	}

	/** Characters of the reply so far. */
	get characters(): number {
		return this.#characters;
	}

	/** The server may have the request. */
	sent(): void {
		this.#isSent = true;
	}

	/** Adds a piece of the reply. */
	add(text: string): void {
		this.#isSent = true;
		this.#characters += text.length;
		this.#pieces++;
		this.#text += text;
	}

	/** Settles with the complete reply. */
	replied(usage: Usage, costUsd: number | undefined): void {
		this.#end({ usage, isReply: true, ...present({ costUsd }) });
	}

	/** Settles without a reply. @param error the failure; absent when the attempt was given up */
	lost(error?: unknown): void {
		const isCounted = this.#isSent && !(error instanceof ModelError && this.#wasTurnedAway(error));
		if (!isCounted) {
			this.#end(undefined);
			return;
		}
		const usage = this.#usageOf(error instanceof ModelError ? error : undefined);
		this.#end({ usage, isReply: false, ...present({ costUsd: this.#options.costOf(usage) }) });
	}

	#wasTurnedAway({ category, facts: { status } }: ModelError): boolean {
		if (this.#pieces > 0) return false;
		return TURNED_AWAY.has(category) || status === 503 || (status !== undefined && status >= 400 && status < 500);
	}

	#usageOf(error: ModelError | undefined): Usage {
		if (error?.facts.usage) return error.facts.usage;
		const { tokensOf, prompt } = this.#options;
		return { promptTokens: tokensOf(prompt), completionTokens: this.#completionTokens(error), isEstimate: true };
	}

	#completionTokens(error: ModelError | undefined): number {
		const { tokensOf, maxTokens } = this.#options;
		if (this.#pieces > 0) return Math.max(this.#pieces, tokensOf([this.#text]));
		return error?.facts.status === undefined ? maxTokens : 0;
	}

	#end(use: AttemptUse | undefined): void {
		if (this.#isOver) return;
		this.#isOver = true;
		this.#text = '';
		this.#options.tell(use);
	}
}
