import { type AskOptions, askModel, type CallNode, checkLength } from './askModel.ts';
import { CANCELLED, type CallOutcome, failed, notAsked, outcomeOf, refused } from './callOutcome.ts';
import { CellCalls } from './cellCalls.ts';
import type { Totals } from './events.ts';
import { Memo } from './memo.ts';
import type { OpenTexts } from './openTexts.ts';
import type { JsonReader } from './ports/json.ts';
import type { QueryReply, SandboxHost, SubQuery } from './ports/sandbox.ts';
import { present } from './present.ts';
import { Semaphore } from './semaphore.ts';
import { formOf, problemOfForm, repairOf, StructuredReplies } from './structured.ts';
import { detachedHead } from './text.ts';

/** What a child run returns to its parent. */
export interface ChildReply extends QueryReply {
	readonly totals: Totals;
}

/** Starts a child run under a node of the tree. */
export type StartChild = (query: SubQuery, nodeId: string, signal: AbortSignal) => Promise<ChildReply>;

/** Dependencies of the sub-calls of one run. */
export interface SubCallOptions extends AskOptions {
	readonly runId: string;
	readonly createNodeId: () => string;
	readonly now: () => number;
	/** Texts of open calls, shared by the whole tree. */
	readonly texts: OpenTexts;
	/** Starts a child run under the node; undefined at the depth limit, where `rlm_query` is a plain call. */
	readonly startChild: StartChild | undefined;
	/** Answers identical calls of the run with the first reply. */
	readonly isMemoised: boolean;
	/** Reads replies that have to be JSON. */
	readonly json: JsonReader;
}

/**
 * Child runs in flight at each level. A single cap for all levels would deadlock: parents hold places while they wait.
 */
const CHILDREN_PER_RUN = 4;
const PREVIEW_CHARACTERS = 120;
/** Characters of what is asked for beside a prompt, in its event. */
const FORM_SHOWN = 2_000;

/**
 * Answers the sub-calls of one run: checks them, reserves their budget, starts them, and reports each as a pair of
 * events. Failures become replies; nothing here rejects. A refused call costs next to nothing: its prompt is not kept,
 * and code that keeps asking is stopped.
 */
export class SubCalls implements SandboxHost {
	readonly #options: SubCallOptions;
	readonly #memo: Memo | undefined;
	readonly #structured: StructuredReplies;
	readonly #children = new Semaphore(CHILDREN_PER_RUN);
	#cell: CellCalls | undefined;
	#areRefused = false;

	constructor(options: SubCallOptions) {
		this.#options = options;
		this.#structured = new StructuredReplies(options.json);
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
			if (!refusal && !query.repair) cell.look(query);
			if (!refusal) return cell.track(known ? this.#repeat(cell, query, known) : this.#make(cell, query, either));
			refusals++;
			if (refusal.reply.failure === 'budget') cut++;
			this.#refuse(cell, query, refusal);
			return Promise.resolve(refusal.reply);
		});
		cell.noteRequest(queries.length, refusals, cut);
		return replies;
	}

	#unusable(query: SubQuery): CallOutcome | undefined {
		if (this.#areRefused) return notAsked('the run is ending; no further calls are made');
		const problem = query.prompt.trim() === '' ? 'the prompt is empty' : problemOfForm(query);
		return problem === undefined ? undefined : refused('input', problem);
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
		const outcome = this.#untilUsable(cell, query, signal).finally(letGo);
		this.#memo?.remember(query, outcome);
		return outcome.then(({ reply }) => reply);
	}

	/** Makes a call, and while its reply has not the form that was asked for, others to mend it: each counts like any. */
	async #untilUsable(cell: CellCalls, query: SubQuery, signal: AbortSignal): Promise<CallOutcome> {
		const first = this.#nodeUnder(cell);
		let outcome = await this.#carryOut(cell, query, first, first.nodeId, signal);
		let [repairs, repair] = [0, repairOf(query, outcome)];
		while (repair && !this.#areRefused && !this.#noRoom(cell, repair)) {
			cell.made++;
			const mended = await this.#carryOut(cell, repair, this.#nodeUnder(cell), first.nodeId, signal);
			// The reply that was to be mended tells more than why it was not.
			if (mended.status === 'refused' || mended.status === 'cancelled') break;
			repairs++;
			outcome = mended;
			repair = repairOf(repair, outcome);
		}
		const { failure, text } = outcome.reply;
		if (outcome.status !== 'refused') cell.ended(failure, text);
		return repairs === 0 ? outcome : { ...outcome, reply: { ...outcome.reply, repairs } };
	}

	async #carryOut(
		cell: CellCalls,
		query: SubQuery,
		node: CallNode,
		conversationId: string,
		signal: AbortSignal,
	): Promise<CallOutcome> {
		const { emitter, now, subModel } = this.#options;
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
				: askModel(
						this.#options,
						this.#structured,
						{ query, node, conversationId, timeLeftMs: () => this.#timeLeftMs(cell), start },
						signal,
					));
		} catch (error) {
			outcome = outcomeOf(error, subModel);
		}
		const isRefused = outcome.status === 'refused';
		if (outcome.reply.cut && query.maxTokens === undefined) cell.cutShort(outcome.reply.cut);
		const isShown = !isRefused || (!query.repair && cell.refuse(outcome.reply.text, charactersOf(query)));
		if (!isShown && !isStarted) return outcome;
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
		checkLength([{ content: query.prompt }], subModel);
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
		const form = isKept ? formOf(query)?.said : undefined;
		const repair = query.repair?.count;
		const options = present({ temperature, maxTokens, stop, form: form && detachedHead(form, FORM_SHOWN), repair });
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

function charactersOf({ prompt, context = '', system = '', repair }: SubQuery): number {
	return prompt.length + context.length + system.length + (repair?.reply.length ?? 0);
}

function preview(prompt: string): string {
	const line = detachedHead(prompt, 4 * PREVIEW_CHARACTERS)
		.replace(/\s+/g, ' ')
		.trim();
	return line.length > PREVIEW_CHARACTERS ? `${line.slice(0, PREVIEW_CHARACTERS - 1)}…` : line;
}
