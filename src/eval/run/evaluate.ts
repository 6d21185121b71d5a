import { randomUUID } from 'node:crypto';
import { CancelledError, throwIfCancelled } from '../../core/errors.ts';
import type { Limits } from '../../core/events.ts';
import { present } from '../../core/present.ts';
import { subCompletionTokens } from '../../core/prompt/capacity.ts';
import type { Engine } from '../../engine.ts';
import { type Grade, grade, NoVerdict } from '../graders/grade.ts';
import { type Mode, modeOf } from '../modes/modes.ts';
import { plainRun } from '../modes/plainRun.ts';
import { type OpenTask, openTask } from '../tasks/openTask.ts';
import type { Task } from '../tasks/task.ts';
import { makeResult, readRun, requireServer } from './makeResult.ts';
import type { Result, ResultKey, ResultStore } from './results.ts';

/** A model under evaluation. */
export interface EvaluatedModel {
	/** Its name in results and reports. */
	readonly label: string;
	/** As it is asked for; absent: the models of the settings. */
	readonly model?: string;
	readonly subModel?: string;
}

/** What to run. */
export interface EvaluationPlan {
	readonly tasks: readonly Task[];
	/** Where relative paths of tasks start. */
	readonly folder: string;
	readonly modes: readonly string[];
	readonly models: readonly EvaluatedModel[];
	readonly repeats: number;
	/** Tasks at a time. More than one spreads load over servers, and makes times longer than they are alone. */
	readonly parallel: number;
	/** Of each task. */
	readonly limits: Limits;
	/** USD of the whole evaluation, earlier results of the folder not counted. */
	readonly maxCostUsd?: number;
	/** After this time no further task begins. ms */
	readonly maxMs?: number;
	/** Model that judges, where a task does not name one. */
	readonly judge?: string;
}

/** One task in one mode with one model. */
export interface Job {
	readonly task: Task;
	readonly mode: string;
	readonly model: EvaluatedModel;
	readonly repeat: number;
}

/** What an evaluation needs from its host. */
export interface EvaluationHost {
	readonly engine: Engine;
	readonly store: ResultStore;
	/** Modes beside the usual ones, by name. */
	readonly modes?: Readonly<Record<string, Mode>>;
	/** ms since the epoch. */
	readonly now: () => number;
	/** A task begins. */
	onStart(job: Job): void;
	/** A task has ended and its result is written. */
	onResult(result: Result, done: number, total: number): void;
}

/** How an evaluation ended: everything is done, or one of its limits was reached. */
export interface EvaluationEnd {
	readonly stoppedBy?: 'cost' | 'time';
	/** Tasks that are left. */
	readonly left: number;
}

/** All jobs of a plan. The modes of one task follow each other, so that an early end leaves comparable results. */
function jobsOf({ tasks, modes, models, repeats }: EvaluationPlan): readonly Job[] {
	return Array.from({ length: repeats }, (_, index) => index + 1).flatMap((repeat) =>
		tasks.flatMap((task) => models.flatMap((model) => modes.map((mode) => ({ task, mode, model, repeat })))),
	);
}

function keyOf({ task, mode, model, repeat }: Job): ResultKey {
	return { task: task.id, mode, model: model.label, repeat };
}

/** The jobs of a plan that have no result yet. */
export function jobsLeft(plan: EvaluationPlan, store: ResultStore): readonly Job[] {
	return jobsOf(plan).filter((job) => !store.has(keyOf(job)));
}

/**
 * Runs what has no result yet, and writes each result as it comes.
 * @throws NobodyThere when no server can be asked, CancelledError, InputError and ConfigError of tasks
 */
export async function evaluate(
	plan: EvaluationPlan,
	host: EvaluationHost,
	signal: AbortSignal,
): Promise<EvaluationEnd> {
	const evaluation = new Evaluation(plan, host, signal);
	return evaluation.run();
}

class Evaluation {
	readonly #plan: EvaluationPlan;
	readonly #host: EvaluationHost;
	/** Ends the other tasks when one of them cannot go on. */
	readonly #failed = new AbortController();
	readonly #signal: AbortSignal;
	readonly #waiting: Job[];
	readonly #total: number;
	readonly #startedAt: number;
	/** The contexts of the newest tasks; the modes of a task share one. */
	readonly #open = new Map<string, Promise<OpenTask>>();
	#done = 0;
	#spentUsd = 0;
	/** USD that tasks in progress may still spend. */
	#heldUsd = 0;
	#stoppedBy: EvaluationEnd['stoppedBy'];

	constructor(plan: EvaluationPlan, host: EvaluationHost, signal: AbortSignal) {
		this.#plan = plan;
		this.#host = host;
		this.#signal = AbortSignal.any([signal, this.#failed.signal]);
		this.#waiting = [...jobsLeft(plan, host.store)];
		this.#total = this.#waiting.length;
		this.#startedAt = host.now();
	}

	async run(): Promise<EvaluationEnd> {
		const workers = Array.from({ length: this.#plan.parallel }, () => this.#work());
		const failures = (await Promise.allSettled(workers)).filter((ended) => ended.status === 'rejected');
		// The first to fail ended the others, whose errors only say so.
		const first = failures.find(({ reason }) => !(reason instanceof CancelledError)) ?? failures[0];
		if (first) throw first.reason;
		return present({ stoppedBy: this.#stoppedBy, left: this.#total - this.#done });
	}

	async #work(): Promise<void> {
		for (;;) {
			throwIfCancelled(this.#signal);
			this.#stoppedBy ??= this.#reachedLimit();
			const job = this.#stoppedBy === undefined ? this.#waiting.shift() : undefined;
			if (!job) return;
			try {
				await this.#perform(job);
			} catch (error) {
				this.#failed.abort();
				throw error;
			}
		}
	}

	#reachedLimit(): EvaluationEnd['stoppedBy'] {
		const { maxMs, maxCostUsd } = this.#plan;
		if (this.#waiting.length === 0) return undefined;
		if (maxMs !== undefined && this.#host.now() - this.#startedAt >= maxMs) return 'time';
		return maxCostUsd !== undefined && this.#usdLeft() <= 0 ? 'cost' : undefined;
	}

	#usdLeft(): number {
		return (this.#plan.maxCostUsd ?? Number.POSITIVE_INFINITY) - this.#spentUsd - this.#heldUsd;
	}

	async #perform(job: Job): Promise<void> {
		const { engine, onStart, now, store, modes = {} } = this.#host;
		const task = await this.#opened(job.task);
		const costUsd = Math.min(this.#plan.limits.costUsd, this.#usdLeft());
		const held = Number.isFinite(costUsd) ? costUsd : 0;
		this.#heldUsd += held;
		try {
			onStart(job);
			const asked = { question: task.question, context: task.context, limits: { ...this.#plan.limits, costUsd } };
			const { model, subModel } = job.model;
			const run = (modes[job.mode] ?? modeOf(job.mode)).start(
				present({ ...asked, model, subModel }),
				engine,
				this.#signal,
			);
			const ended = await readRun(run);
			throwIfCancelled(this.#signal);
			this.#spentUsd += ended.result.totals.costUsd;
			requireServer(ended);
			if (ended.result.reason === 'cost' && costUsd < this.#plan.limits.costUsd) {
				// Less money was left than a task may cost, so this says nothing about the mode.
				this.#stoppedBy = 'cost';
				return;
			}
			const { graded, ...judging } = await this.#grade(task, ended.result.answer);
			const result = { ...makeResult(keyOf(job), task, ended, graded, now()), ...judging };
			await store.add(result);
			this.#host.onResult(result, ++this.#done, this.#total);
		} finally {
			this.#heldUsd -= held;
		}
	}

	#opened(task: Task): Promise<OpenTask> {
		const known = this.#open.get(task.id);
		if (known) return known;
		for (const id of this.#open.keys()) {
			if (this.#open.size < this.#plan.parallel) break;
			this.#open.delete(id);
		}
		const opening = openTask(task, this.#plan.folder, this.#signal);
		this.#open.set(task.id, opening);
		return opening;
	}

	async #grade(
		task: OpenTask,
		answer: string,
	): Promise<{ readonly graded: Grade; readonly judgeUsd?: number; readonly ungraded?: string }> {
		let judgeUsd = 0;
		const judge = async (prompt: string, model: string | undefined, signal: AbortSignal) => {
			const { reply, costUsd } = await this.#judge(prompt, model ?? this.#plan.judge, signal);
			judgeUsd += costUsd;
			this.#spentUsd += costUsd;
			return reply;
		};
		const paid = () => (judgeUsd > 0 ? { judgeUsd } : {});
		try {
			return { graded: await grade(task, answer, judge, this.#signal), ...paid() };
		} catch (error) {
			if (!(error instanceof NoVerdict)) throw error;
			return { graded: { isCorrect: false, score: 0, note: '' }, ungraded: error.message, ...paid() };
		}
	}

	/** The judge is a model like any other, and what it uses is counted like any other's use. */
	async #judge(prompt: string, model: string | undefined, signal: AbortSignal) {
		const { engine, now } = this.#host;
		const request = { query: prompt, contexts: [], limits: this.#plan.limits, profile: 'judge', ...present({ model }) };
		const deps = { models: engine.pool, now, createId: () => randomUUID().slice(0, 8) };
		const run = plainRun(
			request,
			deps,
			async (work) => (await work.ask([{ role: 'user', content: prompt }], subCompletionTokens(work.model))).text,
			signal,
		);
		const ended = await readRun(engine.follow(run));
		throwIfCancelled(signal);
		requireServer(ended);
		return { reply: ended.result.answer, costUsd: ended.result.totals.costUsd };
	}
}
