import { ModelError } from '../core/errors.ts';
import type { AttemptUse, CallObserver, Usage } from '../core/ports/model.ts';
import { present } from '../core/present.ts';

/** Statuses with which a server turns a request away; 529 is how Anthropic says that it is overloaded. */
function isRefusal(status: number): boolean {
	return (status >= 400 && status < 500) || status === 503 || status === 529;
}

/** What a meter needs to know about the request. */
export interface MeterOptions {
	/** Called once with the usage; see `CallObserver.onAttempt`. */
	readonly tell: ReturnType<CallObserver['onAttempt']>;
	/** Estimates the tokens of texts for the requested model. */
	readonly tokensOf: (texts: readonly string[]) => number;
	readonly prompt: readonly string[];
	/** Maximum of completion tokens in the request. */
	readonly maxTokens: number;
	/** USD to show. @param chargedUsd what the server told */
	readonly costOf: (usage: Usage, chargedUsd?: number) => number | undefined;
	/** USD that the limit counts: at least the price that the user set. */
	readonly limitUsdOf: (usage: Usage, chargedUsd?: number) => number | undefined;
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
	replied(usage: Usage, chargedUsd: number | undefined): void {
		this.#end(this.#use(usage, true, chargedUsd));
	}

	/** Settles without a reply. @param error the failure; absent when the attempt was given up */
	lost(error?: unknown): void {
		const isCounted = this.#isSent && !(error instanceof ModelError && this.#wasTurnedAway(error));
		if (!isCounted) {
			this.#end(undefined);
			return;
		}
		const usage = this.#usageOf(error instanceof ModelError ? error : undefined);
		this.#end(this.#use(usage, false));
	}

	#use(usage: Usage, isReply: boolean, chargedUsd?: number): AttemptUse {
		const { costOf, limitUsdOf } = this.#options;
		const [costUsd, limitUsd] = [costOf(usage, chargedUsd), limitUsdOf(usage, chargedUsd)];
		return present({ usage, isReply, costUsd, limitUsd });
	}

	/**
	 * The server answered with a refusal, or never got the request. Whatever else happens to a request that was sent,
	 * also an error inside a reply, the server may have worked on it.
	 */
	#wasTurnedAway({ facts: { status, wasTurnedAway } }: ModelError): boolean {
		if (this.#pieces > 0) return false;
		return wasTurnedAway === true || (status !== undefined && isRefusal(status));
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
