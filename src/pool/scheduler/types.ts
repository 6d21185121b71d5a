import type { ModelErrorFacts } from '../../core/errors.ts';
import type { ModelRole, NextStep, Price } from '../../core/ports/model.ts';
import type { CloudUse, Strategy } from '../../settings/choices.ts';

/**
 * Time and randomness for the scheduler. It has no other source of either, so the same code runs in real time and on
 * the virtual clock of tests and `bench:pool`.
 */
export interface Clock {
	/** ms since a fixed point. */
	now(): number;
	/** Calls back once at a time, or as soon as possible if it has passed, but never before `at` has returned. */
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
	/** Also tries a sub-call that takes far too long at a second server. */
	readonly hedging: boolean;
	/** Maximum of calls in the fair queue; further ones wait before it. */
	readonly queueMax?: number;
}

/** What the scheduler needs to know about a server. */
export interface ServerSpec {
	readonly id: string;
	/** 1 is preferred. */
	readonly priority: number;
	/** Maximum of concurrent calls. */
	readonly maxConcurrent: number;
	/** Absent or zero: the server costs nothing. USD per million tokens. */
	readonly price?: Price;
	/** Models that fit in its memory together; Infinity when all are always ready. */
	readonly maxResident: number;
	/** Conversations whose prefix it is believed to keep. */
	readonly maxPrefixes: number;
	/** How long it may continue a prompt whose call was cancelled, ms. */
	readonly abortLagMs: number;
}

/** A server that may serve a job, and the model to request. */
export interface Choice {
	readonly serverId: string;
	readonly model: string;
	/** Tokens of the window, if the settings give it. */
	readonly contextTokens?: number;
}

/** A call as the scheduler sees it. */
export interface JobRequest {
	readonly role: ModelRole;
	readonly runId: string;
	/** Shared by all calls with a common growing prefix. */
	readonly conversationId: string;
	/** At least one. */
	readonly choices: readonly Choice[];
	/** Estimated tokens of the prompt. */
	readonly promptTokens: number;
	/** Maximum of completion tokens, if limited. */
	readonly maxTokens?: number;
	/** Time on the clock after which the reply is useless. */
	readonly deadline?: number;
}

/** What a finished attempt reports, for estimates. */
export interface AttemptFigures {
	readonly promptTokens: number;
	readonly completionTokens: number;
	readonly cachedPromptTokens?: number;
	/** From the start to the first token, ms. */
	readonly firstTokenMs: number;
	/** The whole attempt, ms. */
	readonly durationMs: number;
}

/** One attempt of a job at one server. Its owner reports on it; reports after its end are ignored. */
export interface AttemptHandle {
	readonly serverId: string;
	readonly model: string;
	/** From 1. */
	readonly number: number;
	/** Time in the queue before it, ms. */
	readonly queueMs: number;
	/** True for a second attempt in parallel to the first. */
	readonly isHedge: boolean;
	/** Reports that the reply has begun or grown. @param tokens of the reply so far, estimated */
	progress(tokens: number): void;
	/** @returns whether the job was still open, so that the reply counts */
	done(figures: AttemptFigures): boolean;
	/** @returns what happens next; undefined when another attempt of the job continues or the job has ended */
	failed(facts: ModelErrorFacts): NextStep | undefined;
}

/** Why a job ended without a reply and without a failed attempt. */
export type JobEnd = 'cancelled' | 'deadline';

/** Makes the attempts of a job. */
export interface JobOwner {
	/** Starts an attempt and returns a function that stops it. Stopping is final and closes its connection. */
	start(attempt: AttemptHandle): Cancel;
	/** Ends the job without a further attempt. */
	ended(end: JobEnd): void;
}

/** Health of a server, as a monitor sees it. The scheduler treats `loading` like `up`. */
export type Health = 'up' | 'loading' | 'down' | 'misconfigured';

/** State of the circuit breaker. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** A server as the scheduler sees it at one moment. Times are on the scheduler's clock. */
export interface ServerActivity {
	/** Places that it may fill now, and those of the settings. */
	readonly limit: number;
	readonly maxConcurrent: number;
	readonly inFlight: number;
	/** Queued calls that it could serve. */
	readonly waiting: number;
	/** Absent until measured. Tokens per second: reading prompts, and writing one reply. */
	readonly promptSpeed?: number;
	readonly completionSpeed?: number;
	/** Running mean of the time to the first token, ms. */
	readonly firstTokenMs?: number;
	/** Running share of failed attempts, 0 to 1. */
	readonly errorShare: number;
	readonly breaker: BreakerState;
	/** When the breaker lets a call through again. */
	readonly reopensAt?: number;
	/** Until when it asked to get no calls. */
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
