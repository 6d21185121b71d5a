import type { ModelErrorFacts } from '../../core/errors.ts';
import type { NextStep } from '../../core/ports/model.ts';
import type { Job, Target } from './job.ts';
import type { Prediction } from './rates.ts';
import type { AttemptFigures, AttemptHandle, Cancel } from './types.ts';

/** A call that outlasts its prediction is expected to need this share of its elapsed time again. */
const OVERDUE_SHARE = 0.25;
const MIN_REMAINING_MS = 20;

/** Observer of an attempt's progress: the scheduler. */
export interface AttemptReports {
	progress(attempt: Attempt, tokens: number): void;
	done(attempt: Attempt, figures: AttemptFigures): boolean;
	failed(attempt: Attempt, facts: ModelErrorFacts): NextStep | undefined;
}

/** Initial values of an attempt. */
export interface AttemptStart {
	readonly number: number;
	readonly isHedge: boolean;
	readonly startedAt: number;
	readonly prediction: Prediction;
	/** Prompt tokens that are not in the server's cache. */
	readonly newTokens: number;
	readonly completionTokens: number;
	/** Calls at the server when it starts, including itself. */
	readonly concurrency: number;
	/** True when a model may be loaded before its first token. */
	readonly isCold: boolean;
	readonly isProbe: boolean;
}

/** One attempt of a job at one server. */
export class Attempt implements AttemptHandle {
	readonly job: Job;
	readonly target: Target;
	readonly start: AttemptStart;
	readonly queueMs: number;
	readonly #reports: AttemptReports;
	isOver = false;
	firstTokenAt: number | undefined;
	tokens = 0;
	/** Stops the owner's work; set once the owner has started. */
	stop: Cancel = () => {};

	constructor(job: Job, target: Target, start: AttemptStart, reports: AttemptReports) {
		this.job = job;
		this.target = target;
		this.start = start;
		this.queueMs = start.startedAt - job.queuedAt;
		this.#reports = reports;
	}

	get serverId(): string {
		return this.target.choice.serverId;
	}

	get model(): string {
		return this.target.choice.model;
	}

	get number(): number {
		return this.start.number;
	}

	get isHedge(): boolean {
		return this.start.isHedge;
	}

	/** When it is expected to end, by current knowledge. */
	expectedEnd(now: number): number {
		const { startedAt, prediction, completionTokens, concurrency } = this.start;
		const rates = this.target.server.rates(this.model);
		const left = Math.max(0, completionTokens - this.tokens);
		const due =
			this.firstTokenAt === undefined
				? startedAt + prediction.totalMs
				: Math.max(this.firstTokenAt, now) + rates.completionMs(left, concurrency);
		const isLate = this.firstTokenAt === undefined ? due <= now : left === 0;
		return isLate ? now + Math.max(MIN_REMAINING_MS, OVERDUE_SHARE * (now - startedAt)) : due;
	}

	/** How long the server would continue to read the prompt, ms. */
	promptMsLeft(now: number): number {
		if (this.firstTokenAt !== undefined) return 0;
		return Math.max(0, this.start.startedAt + this.start.prediction.firstTokenMs - now);
	}

	progress(tokens: number): void {
		if (!this.isOver) this.#reports.progress(this, tokens);
	}

	done(figures: AttemptFigures): boolean {
		return !this.isOver && this.#reports.done(this, figures);
	}

	failed(facts: ModelErrorFacts): NextStep | undefined {
		return this.isOver ? undefined : this.#reports.failed(this, facts);
	}
}
