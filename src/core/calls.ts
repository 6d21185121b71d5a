import type { Budget } from './budget.ts';
import { CANCELLED, type CallOutcome, failed, notAsked, outcomeOf, refused } from './callOutcome.ts';
import { CellCalls } from './cellCalls.ts';
import type { Emitter } from './emitter.ts';
import { ModelError } from './errors.ts';
import type { Totals } from './events.ts';
import { Memo } from './memo.ts';
import { metered } from './metering.ts';
import type { OpenTexts } from './openTexts.ts';
import type { Pace } from './pace.ts';
import type { ModelDescription, ModelPort, ModelReply } from './ports/model.ts';
import type { QueryReply, SandboxHost, SubQuery } from './ports/sandbox.ts';
import { present } from './present.ts';
import { replyTokens } from './prompt/capacity.ts';
import { chooseProfile, type PromptProfile } from './prompt/profiles.ts';
import { Semaphore } from './semaphore.ts';
import { detachedHead } from './text.ts';
import { estimateTokens, mostCharactersFor } from './tokens.ts';
import { described } from './toolCalls.ts';

/** What a child run returns to its parent. */
export interface ChildReply extends QueryReply {
	readonly totals: Totals;
}

/** Starts a child run under a node of the tree. */
export type StartChild = (query: SubQuery, nodeId: string, signal: AbortSignal) => Promise<ChildReply>;

/** Dependencies of the sub-calls of one run. */
export interface SubCallOptions {
	readonly runId: string;
	readonly models: ModelPort;
	readonly subModel: ModelDescription;
	/** Name of the sub-model, when the user chose one. */
	readonly modelName: string | undefined;
	readonly budget: Budget;
	readonly emitter: Emitter;
	readonly createNodeId: () => string;
	readonly now: () => number;
	/** Places for plain calls, shared by the whole tree. */
	readonly places: Semaphore;
	/** Texts of open calls, shared by the whole tree. */
	readonly texts: OpenTexts;
	/** How fast models write, shared by the whole tree. */
	readonly pace: Pace;
	/** Receives the usage of calls and child runs as they end. */
	readonly spend: (totals: Totals) => void;
	/** Starts a child run under the node; undefined at the depth limit, where `rlm_query` is a plain call. */
	readonly startChild: StartChild | undefined;
	/** Answers identical calls of the run with the first reply. */
	readonly isMemoised: boolean;
}

/**
 * Child runs in flight at each level. A single cap for all levels would deadlock: parents hold places while they wait.
 */
const CHILDREN_PER_RUN = 4;
const PREVIEW_CHARACTERS = 120;
/** Cap for a prompt whose model has an unknown window. */
const LONGEST_PROMPT = 4_000_000;
const EMPTY_REPLY = 'the reply of the model has no text; ask for less at a time';

/**
 * Answers the sub-calls of one run: checks them, reserves their budget, starts them, and reports each as a pair of
 * events. Failures become replies; nothing here rejects. A refused call costs next to nothing: its prompt is not kept,
 * and code that keeps asking is stopped.
 */
export class SubCalls implements SandboxHost {
	readonly #options: SubCallOptions;
	readonly #memo: Memo | undefined;
	readonly #children = new Semaphore(CHILDREN_PER_RUN);
	#cell: CellCalls | undefined;
	#areRefused = false;

	constructor(options: SubCallOptions) {
		this.#options = options;
		this.#memo = options.isMemoised ? new Memo() : undefined;
	}

	/** Begins a cell; its calls become children of this node. The caller ends it. @param code its source */
	startCell(nodeId: string, code = ''): CellCalls {
		this.#cell = new CellCalls(nodeId, this.#options.now(), code);
		return this.#cell;
	}

	get isEnding(): boolean {
		return this.#areRefused;
	}

	/** Refuses all further calls: the run is handing in what it has. */
	refuseAll(): void {
		this.#areRefused = true;
	}

	budget(): Record<string, number | null> {
		const { budget } = this.#options;
		return { ...budget.left(), calls_in_this_cell: budget.limits.callsPerCell - (this.#cell?.made ?? 0) };
	}

	query(queries: readonly SubQuery[], signal: AbortSignal): readonly Promise<QueryReply>[] {
		const cell = this.#cell;
		if (!cell || cell.over.aborted)
			return queries.map(async () => refused('cancelled', 'the cell that made this call has ended').reply);
		const either = AbortSignal.any([signal, cell.over]);
		let [cut, refusals] = [0, 0];
		const replies = queries.map((query) => {
			const known = this.#memo?.find(query);
			const refusal = this.#unusable(query) ?? (known ? undefined : this.#noRoom(cell, query));
			if (!refusal) cell.look(query);
			if (!refusal) return cell.track(known ? this.#repeat(cell, query, known) : this.#make(cell, query, either));
			refusals++;
			if (refusal.reply.failure === 'budget') cut++;
			this.#refuse(cell, query, refusal);
			return Promise.resolve(refusal.reply);
		});
		cell.noteRequest(queries.length, refusals, cut);
		return replies;
	}

	#unusable({ prompt }: SubQuery): CallOutcome | undefined {
		if (this.#areRefused) return notAsked('the run is ending; no further calls are made');
		return prompt.trim() === '' ? refused('input', 'the prompt is empty') : undefined;
	}

	#noRoom(cell: CellCalls, query: SubQuery): CallOutcome | undefined {
		const { budget, texts } = this.#options;
		const { callsPerCell, calls } = budget.limits;
		if (budget.callsLeft <= 0) return notAsked(`the budget of ${calls} sub-calls is used up`);
		if (cell.made >= callsPerCell) {
			const advice = 'put more into each prompt, or go on in the next cell';
			return notAsked(`the budget of ${callsPerCell} calls for one cell is used up; ${advice}`);
		}
		if (texts.hasRoomFor(charactersOf(query))) return undefined;
		const most = `open calls may hold at most ${texts.most} characters together`;
		return notAsked(`${most}; wait for their replies before you make more`);
	}

	/** Reports a refused call without its prompt, as long as there are few of them. */
	#refuse(cell: CellCalls, query: SubQuery, outcome: CallOutcome): void {
		if (!cell.refuse(outcome.reply.text, charactersOf(query))) return;
		const node = this.#nodeUnder(cell);
		this.#start(node, query, false);
		this.#end(node, outcome, this.#options.now());
	}

	/** Answers with the reply to an identical call. */
	async #repeat(cell: CellCalls, query: SubQuery, known: Promise<CallOutcome>): Promise<QueryReply> {
		const startedAt = this.#options.now();
		const { reply } = await known;
		const outcome = reply.failure ? failed(reply.failure, reply.text) : ({ status: 'memo', reply } as const);
		if (cell.repeat()) {
			const node = this.#nodeUnder(cell);
			this.#start(node, query, true);
			this.#end(node, outcome, startedAt);
		}
		return reply;
	}

	#make(cell: CellCalls, query: SubQuery, signal: AbortSignal): Promise<QueryReply> {
		cell.made++;
		const letGo = this.#options.texts.hold(charactersOf(query));
		const outcome = this.#carryOut(cell, query, signal).finally(letGo);
		this.#memo?.remember(query, outcome);
		return outcome.then(({ reply }) => reply);
	}

	async #carryOut(cell: CellCalls, query: SubQuery, signal: AbortSignal): Promise<CallOutcome> {
		const { emitter, now, subModel } = this.#options;
		const node = this.#nodeUnder(cell);
		const startedAt = now();
		let isStarted = false;
		const start = () => {
			isStarted = true;
			this.#start(node, query, true);
		};
		let outcome: CallOutcome;
		try {
			if (emitter.isFull) await emitter.room(signal);
			const { startChild } = this.#options;
			outcome = await (query.kind === 'rlm' && startChild
				? this.#runChild(query, startChild, node, start, signal)
				: this.#callModel(cell, query, node, start, signal));
		} catch (error) {
			outcome = outcomeOf(error, subModel);
		}
		const isRefused = outcome.status === 'refused';
		if (!isRefused) cell.ended(outcome.reply.failure, outcome.reply.text);
		if (outcome.reply.cut && query.maxTokens === undefined) cell.cutShort(outcome.reply.cut);
		if (isRefused && !cell.refuse(outcome.reply.text, charactersOf(query))) return outcome;
		if (!isStarted) this.#start(node, query, false);
		this.#end(node, outcome, startedAt);
		return outcome;
	}

	/** A child run counts as a sub-call unless it ended before it asked any model. */
	async #runChild(
		query: SubQuery,
		startChild: StartChild,
		node: CallNode,
		start: () => void,
		signal: AbortSignal,
	): Promise<CallOutcome> {
		const { budget, spend, subModel } = this.#options;
		checkLength(query.prompt, subModel);
		const giveBack = budget.takeChildRun();
		let hasAsked = false;
		try {
			start();
			const run = () => startChild(query, node.nodeId, signal);
			const { totals, ...reply } = await this.#children.run(run, signal);
			hasAsked = totals.calls > 0;
			spend(totals);
			const costUsd = totals.unpricedCalls > 0 ? undefined : totals.costUsd;
			const facts = present({ usage: totals.usage, costUsd, attempts: 1, queueMs: 0 });
			if (signal.aborted) return { ...CANCELLED, facts };
			return { status: reply.failure ? 'failed' : 'done', reply, facts };
		} finally {
			if (!hasAsked) giveBack();
		}
	}

	async #callModel(
		cell: CellCalls,
		query: SubQuery,
		node: CallNode,
		start: () => void,
		signal: AbortSignal,
	): Promise<CallOutcome> {
		const { models, budget, places, emitter, runId, subModel, spend, pace } = this.#options;
		const { system, temperature, stop } = query;
		const text = query.context === undefined ? query.prompt : `${query.prompt}\n\n${query.context}`;
		// Code may name a model with another price or window than the usual one.
		const asked = query.model === undefined ? subModel : await models.describe('sub', query.model, signal);
		checkLength(system === undefined ? text : `${system}\n\n${text}`, asked);
		const promptTokens = estimateTokens(text) + estimateTokens(system ?? '');
		const { cellMs } = budget.limits;
		const { sub: sampling, subCompletionTokens: most }: PromptProfile = chooseProfile(asked, undefined);
		const tokensIn = (ms: number) => pace.tokensIn(ms, asked.model);
		const reservation = budget.reserve({
			isSubCall: true,
			promptTokens,
			completionTokens: replyTokens(asked, { promptTokens, maxTokens: query.maxTokens, most, cellMs, tokensIn }),
			price: asked.price,
		});
		try {
			start();
			const call = () =>
				models.call(
					present({
						role: 'sub',
						model: query.model ?? this.#options.modelName,
						messages: [
							...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
							{ role: 'user' as const, content: text },
						],
						maxTokens: reservation.completionTokens,
						temperature,
						usualTemperature: sampling.temperature,
						topP: sampling.topP,
						stop,
						thinking: sampling.thinking,
						runId,
						conversationId: node.nodeId,
						timeLeftMs: this.#timeLeftMs(cell),
					}),
					{
						onDelta: () => {},
						onAttempt: metered({ reservation, emitter, node, spend }),
						onAttemptFailed: (failure) => emitter.emit({ type: 'attempt-failed', ...node, ...failure }),
					},
					signal,
				);
			const admitted = async () => {
				await reservation.start(signal);
				return call();
			};
			const reply = await places.run(admitted, signal);
			pace.note(reply);
			const { usage, costUsd, server, model, attempts, queueMs } = reply;
			const facts = present({ usage, costUsd, server, model, attempts, queueMs });
			// A model can spend all its tokens on reasoning. Code must not mistake that for "nothing found".
			if (reply.text.trim() === '') return { ...failed('empty', whyEmpty(reply)), facts };
			return { status: 'done', reply: replyOf(reply, query, reservation.completionTokens), facts };
		} finally {
			reservation.close();
		}
	}

	/** Time until the cell or the run has to end; afterwards nobody reads the reply. ms */
	#timeLeftMs(cell: CellCalls): number {
		const { budget, now } = this.#options;
		const ofCell = budget.limits.cellMs - (now() - cell.startedAt);
		return Math.max(0, Math.min(ofCell, budget.workMsLeft));
	}

	#nodeUnder(cell: CellCalls): CallNode {
		return { runId: this.#options.runId, nodeId: this.#options.createNodeId(), parentId: cell.nodeId };
	}

	/**
	 * @param isKept whether the event holds the prompt; the prompt of a call that was not made is not worth the memory
	 */
	#start(node: CallNode, query: SubQuery, isKept: boolean): void {
		const { prompt, model, spans, temperature, maxTokens, stop } = query;
		const options = present({ temperature, maxTokens, stop });
		const start = present({
			type: 'call-start',
			...node,
			kind: query.kind === 'rlm' && this.#options.startChild ? 'rlm' : 'llm',
			prompt: isKept ? prompt : '',
			preview: preview(prompt),
			model,
			system: isKept ? query.system : undefined,
			options: Object.keys(options).length > 0 ? options : undefined,
			spans: isKept ? spans : [],
		});
		this.#options.emitter.emit(start);
	}

	#end(node: CallNode, { status, reply, facts }: CallOutcome, startedAt: number): void {
		const { emitter, now } = this.#options;
		const end = present({
			type: 'call-end',
			...node,
			attempts: 0,
			queueMs: 0,
			...facts,
			status,
			reply: reply.text,
			failure: reply.failure,
			cut: reply.cut,
			durationMs: now() - startedAt,
		});
		emitter.emit(end);
	}
}

function whyEmpty({ toolCalls = [] }: ModelReply): string {
	const [call] = toolCalls;
	return call ? `the model has no tools, but answered only with a ${described(call).slice(1, -1)}` : EMPTY_REPLY;
}

interface CallNode {
	readonly runId: string;
	readonly nodeId: string;
	readonly parentId: string;
}

function charactersOf({ prompt, context = '', system = '' }: SubQuery): number {
	return prompt.length + context.length + system.length;
}

/**
 * The reply for the code. One that was cut says so in its text, unless the code itself set the bound that it reached:
 * then a single word may be all that it wants.
 */
function replyOf({ text, finishReason, isRepeating }: ModelReply, query: SubQuery, maxTokens: number): QueryReply {
	if (isRepeating) return { text: `${text}\n[cut here: the reply only repeated itself]`, cut: 'repetition' };
	if (finishReason !== 'length') return { text };
	if (query.maxTokens !== undefined) return { text, cut: 'length' };
	return {
		text: `${text}\n[cut here after ${maxTokens} tokens; ask for less at a time, or set max_tokens]`,
		cut: 'length',
	};
}

/** @throws ModelError when the prompt is too long for the window in any language */
function checkLength(text: string, model: ModelDescription): void {
	const known = mostCharactersFor(model.contextTokens);
	if (text.length <= (model.isContextKnown ? known : Math.max(known, LONGEST_PROMPT))) return;
	throw new ModelError('the prompt is far longer than the window of the model', {
		category: 'context-overflow',
		promptTokens: Math.ceil(text.length / 4),
		contextTokens: model.contextTokens,
	});
}

function preview(prompt: string): string {
	const line = detachedHead(prompt, 4 * PREVIEW_CHARACTERS)
		.replace(/\s+/g, ' ')
		.trim();
	return line.length > PREVIEW_CHARACTERS ? `${line.slice(0, PREVIEW_CHARACTERS - 1)}…` : line;
}
