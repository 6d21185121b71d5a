import { type Budget, LimitReached } from './budget.ts';
import type { Emitter } from './emitter.ts';
import { CancelledError, type FailureCategory, ModelError, NoServerError } from './errors.ts';
import type { CallStatus, RunEvent, Totals } from './events.ts';
import type { ModelDescription, ModelPort } from './ports/model.ts';
import type { QueryReply, SandboxHost, SubQuery } from './ports/sandbox.ts';
import { present } from './present.ts';
import { subCallCharacters, subCompletionTokens } from './prompt/capacity.ts';
import { Semaphore } from './semaphore.ts';
import { estimateTokens } from './tokens.ts';
import { addTotals, NO_TOTALS, totalsOfCall } from './totals.ts';

/** What a child run gave its parent. */
export interface ChildReply extends QueryReply {
	readonly totals: Totals;
}

/** What the sub-calls of one run need. */
export interface SubCallOptions {
	readonly runId: string;
	readonly models: ModelPort;
	readonly subModel: ModelDescription;
	/** The sub-model by name, when the user chose one. */
	readonly modelName: string | undefined;
	readonly budget: Budget;
	readonly emitter: Emitter;
	readonly createNodeId: () => string;
	readonly now: () => number;
	/** Places for plain calls, shared by the whole tree. */
	readonly places: Semaphore;
	/** Starts a child run under the node; undefined at the depth limit, where `rlm_query` is a plain call. */
	readonly startChild: ((query: SubQuery, nodeId: string, signal: AbortSignal) => Promise<ChildReply>) | undefined;
	/** Answer identical calls of the run from the first one's reply. */
	readonly isMemoised: boolean;
}

/** How a call ended, before it becomes an event. */
interface CallOutcome {
	readonly status: CallStatus;
	readonly reply: QueryReply;
	readonly facts?: CallFacts;
}

type CallFacts = Partial<Pick<RunEvent & { type: 'call-end' }, 'usage' | 'costUsd' | 'server' | 'model'>> & {
	readonly attempts: number;
	readonly queueMs: number;
};

/** Child runs in flight at each level. One cap for all levels would deadlock: parents hold places while they wait. */
const CHILDREN_PER_RUN = 4;
const PREVIEW_CHARACTERS = 120;
const EMPTY_REPLY = 'the reply of the model has no text; ask for less at a time';

/**
 * Answers the sub-calls of one run: checks them, reserves their budget before they start, starts them, and reports
 * each as a pair of events. A failure is a reply; nothing here rejects.
 */
export class SubCalls implements SandboxHost {
	readonly #options: SubCallOptions;
	readonly #memo = new Map<string, Promise<CallOutcome>>();
	readonly #children = new Semaphore(CHILDREN_PER_RUN);
	#cellNodeId = '';
	#callsOfCell = 0;
	#cellStartedAt = 0;
	#areRefused = false;
	#totals = NO_TOTALS;

	constructor(options: SubCallOptions) {
		this.#options = options;
	}

	/** A new cell begins; its calls hang under this node. */
	startCell(nodeId: string): void {
		this.#cellNodeId = nodeId;
		this.#callsOfCell = 0;
		this.#cellStartedAt = this.#options.now();
	}

	/** What the calls since the last time of asking used, child runs included. */
	takeTotals(): Totals {
		const totals = this.#totals;
		this.#totals = NO_TOTALS;
		return totals;
	}

	get isEnding(): boolean {
		return this.#areRefused;
	}

	/** From now on no call is made: the run is handing in what it has. */
	refuseAll(): void {
		this.#areRefused = true;
	}

	budget(): Record<string, number | null> {
		const { budget } = this.#options;
		return { ...budget.left(), calls_in_this_cell: budget.limits.callsPerCell - this.#callsOfCell };
	}

	query(queries: readonly SubQuery[], signal: AbortSignal): readonly Promise<QueryReply>[] {
		return queries.map((query) => this.#one(query, signal));
	}

	async #one(query: SubQuery, signal: AbortSignal): Promise<QueryReply> {
		const { emitter, runId, createNodeId, now } = this.#options;
		const node = { runId, nodeId: createNodeId(), parentId: this.#cellNodeId };
		const startedAt = now();
		emitter.emit({
			type: 'call-start',
			...node,
			kind: this.#kind(query),
			prompt: query.prompt,
			preview: preview(query.prompt),
			...present({ model: query.model }),
			spans: query.spans,
		});
		const outcome = await this.#answer(query, node, signal);
		emitter.emit({
			type: 'call-end',
			...node,
			attempts: 0,
			queueMs: 0,
			...outcome.facts,
			status: outcome.status,
			reply: outcome.reply.text,
			...present({ failure: outcome.reply.failure }),
			durationMs: now() - startedAt,
		});
		return outcome.reply;
	}

	/** Until the cell or the run has to end: afterwards nobody reads the reply. ms */
	#timeLeftMs(): number {
		const { budget, now } = this.#options;
		const ofCell = budget.limits.cellMs - (now() - this.#cellStartedAt);
		return Math.max(0, Math.min(ofCell, budget.workMsLeft));
	}

	#kind(query: SubQuery): 'llm' | 'rlm' {
		return query.kind === 'rlm' && this.#options.startChild ? 'rlm' : 'llm';
	}

	async #answer(query: SubQuery, node: CallNode, signal: AbortSignal): Promise<CallOutcome> {
		const key = JSON.stringify([this.#kind(query), query.model ?? '', query.prompt, query.context ?? '']);
		const known = this.#options.isMemoised ? this.#memo.get(key) : undefined;
		if (known) {
			const { reply } = await known;
			return reply.failure ? failed(reply.failure, reply.text) : { status: 'memo', reply };
		}
		const outcome = this.#make(query, node, signal).catch((error: unknown) => outcomeOf(error, this.#options.subModel));
		if (this.#options.isMemoised) this.#remember(key, outcome);
		return outcome;
	}

	/** Keeps replies only: a call that failed may be tried again. */
	#remember(key: string, outcome: Promise<CallOutcome>): void {
		this.#memo.set(key, outcome);
		void outcome.then(({ reply }) => reply.failure && this.#memo.delete(key));
	}

	async #make(query: SubQuery, node: CallNode, signal: AbortSignal): Promise<CallOutcome> {
		const problem = this.#refusal(query);
		if (problem) return problem;
		this.#callsOfCell++;
		const { startChild } = this.#options;
		if (query.kind === 'rlm' && startChild) {
			const { totals, ...reply } = await this.#children.run(() => startChild(query, node.nodeId, signal), signal);
			this.#totals = addTotals(this.#totals, totals);
			const cost = totals.unpricedCalls > 0 ? {} : { costUsd: totals.costUsd };
			const facts = { usage: totals.usage, ...cost, attempts: 1, queueMs: 0 };
			return { status: reply.failure ? 'failed' : 'done', reply, facts };
		}
		return this.#callModel(query, node, signal);
	}

	#refusal(query: SubQuery): CallOutcome | undefined {
		const { limits } = this.#options.budget;
		if (this.#areRefused) return refused('budget', 'the run is ending; no further calls are made');
		if (query.prompt.trim() === '') return refused('input', 'the prompt is empty');
		if (this.#callsOfCell >= limits.callsPerCell) {
			return refused(
				'budget',
				`the budget of ${limits.callsPerCell} calls for one cell is used up; put more into each prompt, or go on in the next cell`,
			);
		}
		return undefined;
	}

	async #callModel(query: SubQuery, node: CallNode, signal: AbortSignal): Promise<CallOutcome> {
		const { models, budget, places, emitter, runId, subModel } = this.#options;
		const text = query.context === undefined ? query.prompt : `${query.prompt}\n\n${query.context}`;
		const model = query.model ?? this.#options.modelName;
		// Code may name a model that costs more, or has another window, than the usual one.
		const asked = query.model === undefined ? subModel : await models.describe('sub', query.model, signal);
		const reservation = budget.reserve({
			isSubCall: true,
			promptTokens: estimateTokens(text),
			completionTokens: subCompletionTokens(asked),
			price: asked.price,
		});
		try {
			const reply = await places.run(
				() =>
					models.call(
						present({
							role: 'sub',
							model,
							messages: [{ role: 'user', content: text }],
							maxTokens: reservation.completionTokens,
							thinking: false,
							runId,
							conversationId: node.nodeId,
							timeLeftMs: this.#timeLeftMs(),
						}),
						{
							onDelta: () => {},
							onAttemptFailed: (failure) => emitter.emit({ type: 'attempt-failed', ...node, ...failure }),
						},
						signal,
					),
				signal,
			);
			reservation.settle(reply.usage, reply.costUsd);
			this.#totals = addTotals(this.#totals, totalsOfCall(reply.usage, reply.costUsd));
			const { usage, costUsd, server, model: served, attempts, queueMs } = reply;
			const price = costUsd === undefined ? {} : { costUsd };
			const facts = { usage, ...price, server, model: served, attempts, queueMs };
			// A model may think until its tokens are used up; code must not take that for "nothing found".
			if (reply.text.trim() === '') return { ...failed('empty', EMPTY_REPLY), facts };
			return { status: 'done', reply: { text: reply.text }, facts };
		} finally {
			reservation.release();
		}
	}
}

interface CallNode {
	readonly runId: string;
	readonly nodeId: string;
	readonly parentId: string;
}

function preview(prompt: string): string {
	const line = prompt
		.slice(0, 4 * PREVIEW_CHARACTERS)
		.replace(/\s+/g, ' ')
		.trim();
	return line.length > PREVIEW_CHARACTERS ? `${line.slice(0, PREVIEW_CHARACTERS - 1)}…` : line;
}

function refused(failure: FailureCategory, text: string): CallOutcome {
	return { status: 'refused', reply: { text, failure } };
}

function failed(failure: FailureCategory, text: string): CallOutcome {
	return { status: 'failed', reply: { text, failure } };
}

/** The sentence that the model's code gets for a failure. */
function outcomeOf(error: unknown, subModel: ModelDescription): CallOutcome {
	if (error instanceof CancelledError)
		return { status: 'cancelled', reply: { text: 'the call was cancelled', failure: 'cancelled' } };
	if (error instanceof LimitReached) return refused('budget', error.message);
	if (error instanceof ModelError) return failed(error.category, modelSentence(error, subModel));
	if (error instanceof NoServerError) {
		return failed(error.failures.at(-1)?.category ?? 'connect', error.message);
	}
	return failed('server', error instanceof Error ? error.message : String(error));
}

/** What the code can do about a prompt that was too long counts more than where it failed. */
function modelSentence(error: ModelError, subModel: ModelDescription): string {
	if (error.category !== 'context-overflow' && error.category !== 'truncated') return error.message;
	const { promptTokens, contextTokens } = error.facts;
	const size = promptTokens === undefined ? 'is too long' : `has about ${promptTokens} tokens`;
	// A prompt smaller than the window left too little of it for the reply.
	const excess = (promptTokens ?? Number.POSITIVE_INFINITY) > (contextTokens ?? 0) ? 'more than' : 'too many for';
	const window = contextTokens === undefined ? '' : `, ${excess} the model's window of ${contextTokens}`;
	// What the server says of its window is newer than what was known when the run began.
	const served = Math.min(contextTokens ?? Number.POSITIVE_INFINITY, subModel.contextTokens);
	const most = subCallCharacters({ ...subModel, contextTokens: served });
	return `the prompt ${size}${window}; split it into prompts of at most ${most} characters`;
}
