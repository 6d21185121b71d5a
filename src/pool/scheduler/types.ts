import type { ModelErrorFacts } from '../../core/errors.ts';
import type { ModelRole, NextStep, Price } from '../../core/ports/model.ts';
import type { CloudUse, Strategy } from '../../settings/choices.ts';

/**
 * Time and chance, as the scheduler uses them. It has no other source of either, so the same code runs in real time and
 * on the virtual clock of tests and of `bench:pool`.
 */
export interface Clock {
	/** ms since any fixed point. */
	now(): number;
	/** Calls back once at a time, or as soon as possible when it has passed, but never before `at` has returned. */
	at(time: number, run: () => void): Cancel;
	/** From 0 to 1. */
	random(): number;
}

/** Ends a timer or an attempt. Idempotent. */
export type Cancel = () => void;

/** Settings of the scheduler. */
export interface SchedulerOptions {
	readonly servers: readonly ServerSpec[];
	readonly clock: Clock;
	readonly strategy: Strategy;
	/** How eagerly servers with a price are used. */
	readonly cloudUse: CloudUse;
	/** Whether a sub-call that takes far too long is tried at a second server as well. */
	readonly hedging: boolean;
	/** Calls in the fair queue at most; further ones wait before it. */
	readonly queueMax?: number;
}

/** What the scheduler has to know of a server. */
export interface ServerSpec {
	readonly id: string;
	/** 1 is preferred. */
	readonly priority: number;
	/** Calls at a time at most. */
	readonly maxConcurrent: number;
	/** Absent or zero: the server costs nothing. USD for a million tokens. */
	readonly price?: Price;
	/** Models that fit into its memory at the same time; Infinity when all are always ready. */
	readonly modelSlots: number;
	/** Conversations whose prefix it is believed to keep. */
	readonly prefixSlots: number;
	/** How long it may go on computing a prompt whose call was cancelled, ms. */
	readonly abortLagMs: number;
}

/** A server that may serve a job, and the model that it would be asked for. */
export interface Choice {
	readonly serverId: string;
	readonly model: string;
	/** Tokens of the window, where the settings tell. */
	readonly contextTokens?: number;
}

/** A call, as the scheduler sees it. */
export interface JobRequest {
	readonly role: ModelRole;
	readonly runId: string;
	/** Same for all calls that share a growing prefix. */
	readonly conversationId: string;
	/** At least one. */
	readonly choices: readonly Choice[];
	/** Estimated tokens of the prompt. */
	readonly promptTokens: number;
	/** Completion tokens at most, when limited. */
	readonly maxTokens?: number;
	/** Time on the clock after which a reply is of no use. */
	readonly deadline?: number;
}

/** What a finished attempt tells, for estimates. */
export interface AttemptFigures {
	readonly promptTokens: number;
	readonly completionTokens: number;
	readonly cachedPromptTokens?: number;
	/** From the start to the first token, ms. */
	readonly firstTokenMs: number;
	/** The whole attempt, ms. */
	readonly durationMs: number;
}

/** One try of a job at one server. Its owner reports on it; reports after its end are ignored. */
export interface AttemptHandle {
	readonly serverId: string;
	readonly model: string;
	/** From 1. */
	readonly number: number;
	/** Time in the queue before it, ms. */
	readonly queueMs: number;
	/** True for a second attempt that runs beside the first. */
	readonly isHedge: boolean;
	/** The reply has begun or grown. @param tokens of the reply so far, estimated */
	progress(tokens: number): void;
	/** @returns whether the job had no end before: the reply counts */
	done(figures: AttemptFigures): boolean;
	/** @returns what happens next; undefined when another attempt of the job goes on or the job has ended */
	failed(facts: ModelErrorFacts): NextStep | undefined;
}

/** How a job ended without a reply and without a failed attempt. */
export type JobEnd = 'cancelled' | 'deadline';

/** Who makes the attempts of a job. */
export interface JobOwner {
	/** Starts an attempt and returns how to stop it. Stopping is final and closes its connection. */
	start(attempt: AttemptHandle): Cancel;
	/** The job ends without a further attempt. */
	ended(end: JobEnd): void;
}

/** Health of a server, as a monitor sees it. `loading` and `up` are alike to the scheduler. */
export type Health = 'up' | 'loading' | 'down' | 'misconfigured';

/** State of the circuit breaker. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** A server as the scheduler sees it at a moment. Times are of the scheduler's clock. */
export interface ServerActivity {
	/** Places that it may fill now, and those of the settings. */
	readonly limit: number;
	readonly maxConcurrent: number;
	readonly inFlight: number;
	/** Queued calls that it could serve. */
	readonly waiting: number;
	/** Absent until measured. Tokens a second: reading prompts, and writing one reply. */
	readonly promptSpeed?: number;
	readonly completionSpeed?: number;
	/** Running mean of the time to the first token, ms. */
	readonly firstTokenMs?: number;
	/** Running share of attempts that failed, 0 to 1. */
	readonly errorShare: number;
	readonly breaker: BreakerState;
	/** When the breaker lets a call through again. */
	readonly reopensAt?: number;
	/** Until when it asked to be left alone. */
	readonly blockedUntil?: number;
	readonly lastByteAt?: number;
	/** Models believed to be in its memory. */
	readonly residentModels: readonly string[];
	readonly health: Health;
	/** Why it is not up. */
	readonly healthReason?: string;
	readonly isDraining: boolean;
}

export type { CloudUse, Strategy };
