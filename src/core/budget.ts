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

/** Room taken for a call before it starts. Exactly one of the two methods ends it. */
export interface Reservation {
	/** Completion tokens that the call may use. */
	readonly completionTokens: number;
	/** The call was made: its real usage replaces what was reserved. */
	settle(usage: Usage, costUsd: number | undefined): void;
	/** The call was not made, or gave nothing. */
	release(): void;
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

/** Share of tokens, money and time that is kept back for the forced last iteration. */
const SALVAGE_SHARE = 0.05;
/** A reply shorter than this is of no use: rather refuse the call. Tokens. */
const SHORTEST_COMPLETION = 64;
const WARNING_SHARE = 0.8;

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

	/** Takes room for a call. @throws LimitReached when there is none */
	reserve(needs: CallNeeds): Reservation {
		if (needs.isSubCall && this.#subCalls >= this.limits.calls) {
			throw new LimitReached('calls', `the budget of ${this.limits.calls} sub-calls is used up`);
		}
		const completionTokens = Math.min(needs.completionTokens, this.#tokensLeft(needs.isSalvage) - needs.promptTokens);
		if (completionTokens < Math.min(SHORTEST_COMPLETION, needs.completionTokens)) {
			throw new LimitReached('tokens', `the budget of ${this.limits.tokens} tokens leaves no room for another call`);
		}
		const usd = priceOf(needs.price, needs.promptTokens, completionTokens);
		if (usd > this.#usdLeft(needs.isSalvage)) {
			throw new LimitReached('cost', `the budget of ${this.limits.costUsd} USD leaves no room for another call`);
		}
		return this.#take(needs, completionTokens, usd);
	}

	/** What is left, for `budget()` in the REPL. Limits without an end are null. */
	left(): Record<string, number | null> {
		const whole = (value: number) => (Number.isFinite(value) ? Math.max(0, Math.floor(value)) : null);
		return {
			calls: whole(this.limits.calls - this.#subCalls),
			tokens: whole(this.#tokensLeft(false)),
			cost_usd: Number.isFinite(this.limits.costUsd) ? Math.max(0, this.#usdLeft(false)) : null,
			seconds: whole(this.workMsLeft / 1000),
		};
	}

	#take(needs: CallNeeds, completionTokens: number, usd: number): Reservation {
		const tokens = needs.promptTokens + completionTokens;
		this.#reservedTokens += tokens;
		this.#reservedUsd += usd;
		if (needs.isSubCall) this.#subCalls++;
		let isOpen = true;
		const close = () => {
			if (!isOpen) return false;
			isOpen = false;
			this.#reservedTokens -= tokens;
			this.#reservedUsd -= usd;
			return true;
		};
		return {
			completionTokens,
			settle: (usage, costUsd) => {
				if (!close()) return;
				this.#used = addTotals(this.#used, totalsOfCall(usage, costUsd));
				this.#warnWhenNear();
			},
			release: () => {
				if (close() && needs.isSubCall) this.#subCalls--;
			},
		};
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
