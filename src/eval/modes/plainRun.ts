import { Budget, LimitReached } from '../../core/budget.ts';
import { summarise } from '../../core/contextSummary.ts';
import { Emitter } from '../../core/emitter.ts';
import { CancelledError } from '../../core/errors.ts';
import type { Limits, RunEnd } from '../../core/events.ts';
import { metered } from '../../core/metering.ts';
import type { Context } from '../../core/ports/context.ts';
import type { CallObserver, ChatMessage, ModelDescription, ModelPort, ModelReply } from '../../core/ports/model.ts';
import { present } from '../../core/present.ts';
import { conversationTokens } from '../../core/prompt/capacity.ts';
import type { RunResult } from '../../core/request.ts';
import type { RunHandle } from '../../core/run.ts';
import { asEventError } from '../../core/salvage.ts';
import { Spending } from '../../core/totals.ts';

/** A question for a way of answering that has no REPL. */
export interface PlainRequest {
	readonly query: string;
	readonly contexts: readonly Context[];
	/** Absent: the model of the settings. */
	readonly model?: string;
	readonly limits: Limits;
	/** Name of the way, for views. */
	readonly profile: string;
}

/** What such a way works with. */
export interface PlainWork {
	readonly model: ModelDescription;
	/** Calls that may still be made. */
	readonly callsLeft: number;
	/**
	 * Asks the model with a whole conversation, within the limits.
	 * @throws LimitReached, ModelError, NoServerError, CancelledError
	 */
	ask(messages: readonly ChatMessage[], completionTokens: number): Promise<ModelReply>;
}

/** What a plain run needs from its host. */
export interface PlainDeps {
	readonly models: ModelPort;
	/** ms since the epoch. */
	readonly now: () => number;
	readonly createId: () => string;
}

type Ending = Pick<RunEnd, 'outcome' | 'answer' | 'error' | 'reason'>;

/**
 * Runs a way of answering that only calls a model, with the budget and the events of any other run, so that both can be
 * compared, counted and journaled alike. Each call is an iteration.
 * @param work returns the answer
 */
export function plainRun(
	request: PlainRequest,
	deps: PlainDeps,
	work: (place: PlainWork) => Promise<string>,
	signal: AbortSignal,
): RunHandle {
	const run = new PlainRun(request, deps, signal);
	return {
		runId: run.runId,
		events: run.emitter.events,
		result: run.perform(work),
		answerNow: () => run.stop('answer-now'),
		cancel: () => run.cancel(),
	};
}

class PlainRun {
	readonly runId: string;
	readonly emitter: Emitter;
	readonly #request: PlainRequest;
	readonly #deps: PlainDeps;
	readonly #budget: Budget;
	readonly #spending = new Spending();
	readonly #cancelled = new AbortController();
	readonly #stopped = new AbortController();
	readonly #signal: AbortSignal;
	#calls = 0;
	/** Messages that events have shown. */
	#shown = 0;

	constructor(request: PlainRequest, deps: PlainDeps, signal: AbortSignal) {
		this.#request = request;
		this.#deps = deps;
		this.runId = deps.createId();
		this.emitter = new Emitter(deps.now);
		this.#signal = AbortSignal.any([signal, this.#cancelled.signal]);
		this.#budget = new Budget(request.limits, deps.now, (limit, used, max) =>
			this.emitter.emit({ type: 'budget-warning', ...this.#head, limit, used, max }),
		);
	}

	get #head() {
		return { runId: this.runId, nodeId: this.runId };
	}

	stop(reason: 'answer-now' | 'duration'): void {
		this.#stopped.abort(reason);
	}

	cancel(): void {
		this.#cancelled.abort();
	}

	async perform(work: (place: PlainWork) => Promise<string>): Promise<RunResult> {
		const startedAt = this.#deps.now();
		const timer = setTimeout(() => this.stop('duration'), Math.min(this.#budget.workMsLeft, 2 ** 31 - 1));
		let ending: Ending;
		try {
			ending = { outcome: 'answered', answer: await work(await this.#open()) };
		} catch (error) {
			ending = this.#endingAfter(error);
		} finally {
			clearTimeout(timer);
		}
		const end = {
			...ending,
			citations: [],
			iterations: this.#calls,
			totals: this.#spending.totals,
			durationMs: this.#deps.now() - startedAt,
		};
		this.emitter.emit({ type: 'run-end', ...this.#head, ...end });
		this.emitter.end();
		return { runId: this.runId, ...end };
	}

	async #open(): Promise<PlainWork> {
		const { query, contexts, model: wanted, limits, profile } = this.#request;
		const model = await this.#deps.models.describe('root', wanted, this.#work);
		this.emitter.emit({
			type: 'run-start',
			...this.#head,
			query,
			contexts: contexts.map(summarise),
			depth: 0,
			limits,
			rootModel: model.model,
			rootServer: model.server,
			subModel: model.model,
			subServer: model.server,
			isBuiltin: model.isBuiltin,
			profile,
		});
		const callsLeft = () => limits.iterations - this.#calls;
		return {
			model,
			get callsLeft() {
				return callsLeft();
			},
			ask: (messages, completionTokens) => this.#ask(model, messages, completionTokens),
		};
	}

	get #work(): AbortSignal {
		return AbortSignal.any([this.#signal, this.#stopped.signal]);
	}

	async #ask(model: ModelDescription, messages: readonly ChatMessage[], completionTokens: number): Promise<ModelReply> {
		const index = this.#calls + 1;
		if (index > this.#request.limits.iterations) throw new LimitReached('iterations', 'no call is left');
		this.#calls = index;
		const node = { runId: this.runId, nodeId: `${this.runId}.${index}`, parentId: this.runId };
		const startedAt = this.#deps.now();
		this.emitter.emit({
			type: 'iteration-start',
			...node,
			index,
			isSalvage: false,
			messages: messages.slice(this.#shown),
		});
		this.#shown = messages.length;
		try {
			return await this.#call(model, node, messages, completionTokens);
		} finally {
			const durationMs = this.#deps.now() - startedAt;
			this.emitter.emit({ type: 'iteration-end', ...node, index, ...this.#spending.takeIteration(), durationMs });
		}
	}

	async #call(
		model: ModelDescription,
		node: { readonly runId: string; readonly nodeId: string; readonly parentId: string },
		messages: readonly ChatMessage[],
		completionTokens: number,
	): Promise<ModelReply> {
		const { emitter } = this;
		const promptTokens = conversationTokens(messages);
		const reservation = this.#budget.reserve({ isSubCall: false, promptTokens, completionTokens, price: model.price });
		try {
			await reservation.start(this.#work);
			const call = {
				role: 'root' as const,
				messages,
				maxTokens: reservation.completionTokens,
				runId: this.runId,
				conversationId: this.runId,
				timeLeftMs: Math.max(0, this.#budget.workMsLeft),
			};
			const observer: CallObserver = {
				onAttempt: metered({ reservation, emitter, node, spend: (totals) => this.#spending.addOwn(totals) }),
				onDelta: (text, channel) => emitter.delta(node, text, channel),
				onAttemptFailed: (failure) => emitter.emit({ type: 'attempt-failed', ...node, ...failure }),
			};
			const named = present({ ...call, model: this.#request.model });
			const reply = await this.#deps.models.call(named, observer, this.#work);
			emitter.emit({ type: 'message-end', ...node, ...reply });
			return reply;
		} finally {
			reservation.close();
		}
	}

	#endingAfter(error: unknown): Ending {
		if (this.#signal.aborted) return { outcome: 'cancelled', answer: '' };
		if (error instanceof LimitReached) return { outcome: 'partial', answer: '', reason: error.limit };
		if (error instanceof CancelledError && this.#stopped.signal.aborted) {
			return { outcome: 'partial', answer: '', reason: this.#stopped.signal.reason };
		}
		return { outcome: 'failed', answer: '', error: asEventError(error) };
	}
}
