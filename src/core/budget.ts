import { RlmError } from './errors.ts';
import type { LimitName, Limits, Totals } from './events.ts';
import type { Price, Usage } from './ports/model.ts';
import { addTotals, NO_TOTALS, totalsOfCall } from './totals.ts';

/** Thrown inside the engine when a limit leaves no room; the loop turns it into a partial answer. */
export class LimitReached extends RlmError {
	readonly code = 'limit';
	readonly limit: LimitName;

	constructor(limit: LimitName, message: string) {
		super(message);
		this.limit = limit;
	}
}

/** Room for one request. One of the two methods ends it, once. */
export interface AttemptRoom {
	/** A server has worked on the request: what it used replaces what was reserved. */
	settle(usage: Usage, costUsd: number | undefined): void;
	/** No server has worked on it: the next attempt of the call may use the room. */
	release(): void;
}

/** Room taken for a call before it starts. */
export interface Reservation {
	/** Completion tokens that the call may use. */
	readonly completionTokens: number;
	/**
	 * Room for an attempt at a server with this price. The first one uses what was reserved; one that comes after a
	 * request that counted, or costs more, needs further room. @throws LimitReached when there is none
	 */
	attempt(price: Price | undefined): AttemptRoom;
	/** The call is over: gives back what no attempt used. Idempotent. */
	close(): void;
}

/** What a call would need. */
export interface CallNeeds {
	readonly isSubCall: boolean;
	readonly promptTokens: number;
	/** Completion tokens wanted; fewer may be granted. */
	readonly completionTokens: number;
	readonly price: Price | undefined;
	/** True for the forced last iteration, which may use what all others must leave. */
	readonly isSalvage?: boolean;
}

/** What is reserved for one request. */
interface Hold {
	readonly tokens: number;
	/** Of these the prompt's, as it was estimated. */
	readonly promptTokens: number;
	readonly usd: number;
	readonly completionTokens: number;
	readonly isSubCall: boolean;
}

/** Share of tokens, money and time that is kept back for the forced last iteration. */
const SALVAGE_SHARE = 0.05;
/** A reply shorter than this is of no use: rather refuse the call. Tokens. */
const SHORTEST_COMPLETION = 64;
const WARNING_SHARE = 0.8;
/** In a shorter prompt the tokens of the chat template weigh too much to tell how far estimates are off. */
const TELLING_PROMPT_TOKENS = 500;
/** Estimates take four characters for a token, and no tokenizer makes more than one of a byte. */
const WORST_UNDERESTIMATE = 4;

/**
 * The limits of a whole tree of runs and what is used of them. One for the tree: a child draws on what is left of its
 * parent because both draw on the same account. A call reserves what it may need before it starts, so that calls in
 * flight can never overshoot together.
 */
export class Budget {
	readonly limits: Limits;
	readonly #warn: (limit: LimitName, used: number, max: number) => void;
	readonly #now: () => number;
	readonly #startedAt: number;
	readonly #warned = new Set<LimitName>();
	#used: Totals = NO_TOTALS;
	#subCalls = 0;
	#reservedTokens = 0;
	#reservedUsd = 0;
	/** How much larger prompts turned out than they were estimated, at worst. */
	#underestimate = 1;

	constructor(limits: Limits, now: () => number, warn: (limit: LimitName, used: number, max: number) => void) {
		this.limits = limits;
		this.#now = now;
		this.#warn = warn;
		this.#startedAt = now();
	}

	/** Everything used so far by the tree. */
	get used(): Totals {
		return this.#used;
	}

	/** Time until ordinary work has to stop, ms. */
	get workMsLeft(): number {
		return this.limits.durationMs * (1 - SALVAGE_SHARE) - this.elapsedMs;
	}

	get elapsedMs(): number {
		return this.#now() - this.#startedAt;
	}

	/** Sub-calls that may still be made. */
	get callsLeft(): number {
		return this.limits.calls - this.#subCalls;
	}

	/** Takes room for a call. @throws LimitReached when there is none */
	reserve(needs: CallNeeds): Reservation {
		const first = this.#admit(needs);
		let idle: Hold | undefined = first;
		let isOver = false;
		const { completionTokens } = first;
		return {
			completionTokens,
			attempt: (price) => {
				const hold = this.#admitAttempt(idle, { ...needs, completionTokens, price });
				idle = undefined;
				return this.#roomOf(hold, () => {
					if (idle || isOver) this.#drop(hold);
					else idle = hold;
				});
			},
			close: () => {
				if (idle) this.#drop(idle);
				idle = undefined;
				isOver = true;
			},
		};
	}

	/**
	 * Counts a child run as a sub-call. What it asks of models is counted with its own calls.
	 * @returns to be called when it asked no model: gives the call back @throws LimitReached
	 */
	takeChildRun(): () => void {
		const hold = this.#admit({ isSubCall: true, promptTokens: 0, completionTokens: 0, price: undefined });
		this.#warnWhenNear();
		return () => this.#drop(hold);
	}

	/** What was reserved for the call, or new room when that is in use or too small. */
	#admitAttempt(idle: Hold | undefined, needs: CallNeeds): Hold {
		const usd = priceOf(needs.price, idle ? idle.tokens - idle.completionTokens : 0, needs.completionTokens);
		if (idle && idle.usd >= usd) return idle;
		if (idle) this.#drop(idle);
		const hold = this.#admit(needs);
		if (hold.completionTokens === needs.completionTokens) return hold;
		// The request is written already: it cannot be granted less.
		this.#drop(hold);
		throw this.#noTokens();
	}

	/** @throws LimitReached */
	#admit(asked: CallNeeds): Hold {
		const needs = { ...asked, promptTokens: Math.ceil(asked.promptTokens * this.#underestimate) };
		if (needs.isSubCall && this.callsLeft <= 0) {
			throw new LimitReached('calls', `the budget of ${this.limits.calls} sub-calls is used up`);
		}
		const completionTokens = Math.min(needs.completionTokens, this.#tokensLeft(needs.isSalvage) - needs.promptTokens);
		if (completionTokens < Math.min(SHORTEST_COMPLETION, needs.completionTokens)) {
			throw this.#noTokens();
		}
		const usd = priceOf(needs.price, needs.promptTokens, completionTokens);
		if (usd > this.#usdLeft(needs.isSalvage)) {
			throw new LimitReached('cost', `the budget of ${this.limits.costUsd} USD leaves no room for another call`);
		}
		return { ...this.#take(needs, completionTokens, usd), promptTokens: asked.promptTokens };
	}

	/** Code can fill prompts with what tokenizers take badly: from the first such reply on, more is reserved. */
	#learn({ promptTokens: estimated }: Hold, { promptTokens, isEstimate }: Usage): void {
		if (isEstimate || estimated < TELLING_PROMPT_TOKENS) return;
		const factor = Math.min(promptTokens / estimated, WORST_UNDERESTIMATE);
		this.#underestimate = Math.max(this.#underestimate, factor);
	}

	#noTokens(): LimitReached {
		return new LimitReached('tokens', `the budget of ${this.limits.tokens} tokens leaves no room for another call`);
	}

	#roomOf(hold: Hold, release: () => void): AttemptRoom {
		let isOpen = true;
		return {
			settle: (usage, costUsd) => {
				if (!isOpen) return;
				isOpen = false;
				this.#reservedTokens -= hold.tokens;
				this.#reservedUsd -= hold.usd;
				this.#used = addTotals(this.#used, totalsOfCall(usage, costUsd));
				this.#learn(hold, usage);
				this.#warnWhenNear();
			},
			release: () => {
				if (isOpen) release();
				isOpen = false;
			},
		};
	}

	/** What is left, for `budget()` in the REPL. Limits without an end are null. */
	left(): Record<string, number | null> {
		const whole = (value: number) => (Number.isFinite(value) ? Math.max(0, Math.floor(value)) : null);
		return {
			calls: whole(this.callsLeft),
			tokens: whole(this.#tokensLeft(false)),
			cost_usd: Number.isFinite(this.limits.costUsd) ? Math.max(0, this.#usdLeft(false)) : null,
			seconds: whole(this.workMsLeft / 1000),
		};
	}

	#take({ promptTokens, isSubCall }: CallNeeds, completionTokens: number, usd: number): Omit<Hold, 'promptTokens'> {
		const tokens = promptTokens + completionTokens;
		this.#reservedTokens += tokens;
		this.#reservedUsd += usd;
		if (isSubCall) this.#subCalls++;
		return { tokens, usd, completionTokens, isSubCall };
	}

	#drop({ tokens, usd, isSubCall }: Hold): void {
		this.#reservedTokens -= tokens;
		this.#reservedUsd -= usd;
		if (isSubCall) this.#subCalls--;
	}

	#tokensLeft(isSalvage = false): number {
		const usable = this.limits.tokens * (isSalvage ? 1 : 1 - SALVAGE_SHARE);
		return Math.floor(usable) - usedTokens(this.#used) - this.#reservedTokens;
	}

	#usdLeft(isSalvage = false): number {
		return this.limits.costUsd * (isSalvage ? 1 : 1 - SALVAGE_SHARE) - this.#used.costUsd - this.#reservedUsd;
	}

	#warnWhenNear(): void {
		this.#warnOnce('calls', this.#subCalls, this.limits.calls);
		this.#warnOnce('tokens', usedTokens(this.#used), this.limits.tokens);
		this.#warnOnce('cost', this.#used.costUsd, this.limits.costUsd);
		this.#warnOnce('duration', this.elapsedMs, this.limits.durationMs);
	}

	#warnOnce(limit: LimitName, used: number, max: number): void {
		if (used < max * WARNING_SHARE || this.#warned.has(limit)) return;
		this.#warned.add(limit);
		this.#warn(limit, used, max);
	}
}

function usedTokens({ usage }: Totals): number {
	return usage.promptTokens + usage.completionTokens;
}

function priceOf(price: Price | undefined, promptTokens: number, completionTokens: number): number {
	if (!price) return 0;
	const { promptUsd, completionUsd } = price.long && promptTokens > price.long.abovePromptTokens ? price.long : price;
	return (promptTokens * promptUsd + completionTokens * completionUsd) / 1_000_000;
}
