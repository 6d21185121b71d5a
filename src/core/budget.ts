import { RlmError } from './errors.ts';
import type { LimitName, Limits, Totals } from './events.ts';
import { InFlight, type Risk } from './inFlight.ts';
import type { Price, Usage } from './ports/model.ts';
import { mostReplyCharacters } from './tokens.ts';
import { addTotals, NO_TOTALS, totalsOfCall } from './totals.ts';

/** Thrown inside the engine when a limit leaves no room. The loop turns it into a partial answer. */
export class LimitReached extends RlmError {
	readonly code = 'limit';
	readonly limit: LimitName;

	constructor(limit: LimitName, message: string) {
		super(message);
		this.limit = limit;
	}
}

/** Room for one request. Call exactly one of the two methods, once. */
export interface AttemptRoom {
	/** A server worked on the request: the actual usage replaces the reservation. */
	settle(usage: Usage, costUsd: number | undefined): void;
	/** No server worked on the request: the next attempt of the call may use the room. */
	release(): void;
}

/** Room taken for a call before it starts. */
export interface Reservation {
	/** Completion tokens that the call may use. */
	readonly completionTokens: number;
	/**
	 * Waits while the calls in progress could use up what is left if their texts have far more tokens than estimated.
	 * Near a limit, calls are therefore made one after another. @throws CancelledError
	 */
	start(signal: AbortSignal): Promise<void>;
	/**
	 * Takes the room for an attempt at a server with this price. The first attempt uses the reservation. An attempt that
	 * follows a counted request, or costs more, needs additional room.
	 * @throws LimitReached when there is none
	 */
	attempt(price: Price | undefined): AttemptRoom;
	/** Ends the call and gives back what no attempt used. Idempotent. */
	close(): void;
}

/** What a call would need. */
export interface CallNeeds {
	readonly isSubCall: boolean;
	readonly promptTokens: number;
	/** Completion tokens wanted; fewer may be granted. */
	readonly completionTokens: number;
	readonly price: Price | undefined;
	/** True for the forced last iteration, which may use the share that all other calls must leave. */
	readonly isSalvage?: boolean;
}

/** The reservation for one request. */
interface Hold {
	readonly tokens: number;
	/** The estimated tokens of the prompt among them. */
	readonly promptTokens: number;
	readonly usd: number;
	readonly completionTokens: number;
	readonly isSubCall: boolean;
}

/** Share of tokens, money and time kept back for the forced last iteration. */
const SALVAGE_SHARE = 0.05;
/** Share of the time that is kept back at most, however slow the server is. */
const MOST_KEPT = 0.35;
/** Refuse a call rather than grant it a shorter reply than this. Tokens. */
const SHORTEST_COMPLETION = 64;
const WARNING_SHARE = 0.8;
/** Below this, the chat template dominates the token count and hides how far estimates are off. */
const TELLING_PROMPT_TOKENS = 500;
/** Estimates assume four characters per token, and no tokenizer makes more than one token of a byte. */
const WORST_UNDERESTIMATE = 4;
/** Characters per token at which long replies are counted at most. */
const SHORTEST_TOKEN = 3;

/**
 * Limits of a whole tree of runs, and their usage. Parent and children share one account, so a child draws on what its
 * parent has left. A call reserves its room before it starts, so concurrent calls cannot overshoot together.
 */
export class Budget {
	readonly limits: Limits;
	readonly #warn: (limit: LimitName, used: number, max: number) => void;
	readonly #now: () => number;
	readonly #startedAt: number;
	readonly #warned = new Set<LimitName>();
	#closingMs = 0;
	#used: Totals = NO_TOTALS;
	#subCalls = 0;
	#reservedTokens = 0;
	#reservedUsd = 0;
	/** The worst ratio so far of reported to estimated prompt tokens. */
	#underestimate = 1;
	readonly #inFlight = new InFlight(({ tokens, usd, isSalvage }) => {
		const share = isSalvage ? 1 : 1 - SALVAGE_SHARE;
		const { costUsd } = this.#used;
		return (
			usedTokens(this.#used) + tokens <= this.limits.tokens * share && costUsd + usd <= this.limits.costUsd * share
		);
	});

	constructor(limits: Limits, now: () => number, warn: (limit: LimitName, used: number, max: number) => void) {
		this.limits = limits;
		this.#now = now;
		this.#warn = warn;
		this.#startedAt = now();
	}

	/** Usage of the whole tree so far. */
	get used(): Totals {
		return this.#used;
	}

	/** Time until ordinary work has to stop, ms. */
	get workMsLeft(): number {
		const { durationMs } = this.limits;
		const keptMs = Math.max(durationMs * SALVAGE_SHARE, Math.min(this.#closingMs, durationMs * MOST_KEPT));
		return durationMs - keptMs - this.elapsedMs;
	}

	/** Keeps back as much time as the forced last iteration will take, ms. Never more than a good third of all. */
	keepBack(closingMs: number): void {
		this.#closingMs = closingMs;
	}

	get elapsedMs(): number {
		return this.#now() - this.#startedAt;
	}

	/** Sub-calls left. */
	get callsLeft(): number {
		return this.limits.calls - this.#subCalls;
	}

	/** Reserves room for a call. @throws LimitReached when there is none */
	reserve(needs: CallNeeds): Reservation {
		const first = this.#admit(needs);
		let idle: Hold | undefined = first;
		let isOver = false;
		const { completionTokens } = first;
		const risk = riskOf(first, needs);
		return {
			completionTokens,
			start: (signal) => this.#inFlight.enter(risk, signal),
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
				this.#inFlight.leave(risk);
			},
		};
	}

	/**
	 * Counts a child run as a sub-call. Its own calls to models are counted separately.
	 * @returns gives the sub-call back; call it when the child run asked no model
	 * @throws LimitReached
	 */
	takeChildRun(): () => void {
		const hold = this.#admit({ isSubCall: true, promptTokens: 0, completionTokens: 0, price: undefined });
		this.#warnWhenNear();
		return () => this.#drop(hold);
	}

	/** The call's reservation, or new room when that is in use or too small. */
	#admitAttempt(idle: Hold | undefined, needs: CallNeeds): Hold {
		// Replies since the reservation may have shown that such texts have more tokens.
		const promptTokens = this.#likelyTokens(needs.promptTokens);
		const usd = priceOf(needs.price, promptTokens, needs.completionTokens);
		if (idle && idle.usd >= usd && idle.tokens >= promptTokens + needs.completionTokens) return idle;
		if (idle) this.#drop(idle);
		const hold = this.#admit(needs);
		if (hold.completionTokens === needs.completionTokens) return hold;
		// The request is already written, so it cannot get less.
		this.#drop(hold);
		throw this.#noTokens();
	}

	/** @throws LimitReached */
	#admit(asked: CallNeeds): Hold {
		const needs = { ...asked, promptTokens: this.#likelyTokens(asked.promptTokens) };
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

	#likelyTokens(promptTokens: number): number {
		return Math.ceil(promptTokens * this.#underestimate);
	}

	/** Code can fill prompts with text that tokenizers handle badly. From the first such reply on, reserve more. */
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

	/** What is left, for `budget()` in the REPL. Unlimited values are null. */
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

/** What a call can use at worst: a prompt that was estimated too low, and a reply that is cut late. */
function riskOf(hold: Hold, { price, isSalvage = false }: CallNeeds): Risk {
	const prompt = hold.promptTokens * WORST_UNDERESTIMATE;
	const completion = Math.ceil(mostReplyCharacters(hold.completionTokens) / SHORTEST_TOKEN);
	return { tokens: prompt + completion, usd: priceOf(price, prompt, completion), isSalvage };
}
