import type { Budget } from './budget.ts';
import { CANCELLED, type CallOutcome, failed, refused } from './callOutcome.ts';
import type { Emitter } from './emitter.ts';
import { CancelledError, ModelError } from './errors.ts';
import type { Totals } from './events.ts';
import { metered } from './metering.ts';
import type { Pace } from './pace.ts';
import type { ChatMessage, ModelCall, ModelDescription, ModelPort, ModelReply } from './ports/model.ts';
import type { QueryReply, SubQuery } from './ports/sandbox.ts';
import { present } from './present.ts';
import { replyTokens } from './prompt/capacity.ts';
import { chooseProfile, type PromptProfile } from './prompt/profiles.ts';
import type { Semaphore } from './semaphore.ts';
import { formOf, messagesOf, type ReplyForm, type StructuredReplies } from './structured.ts';
import { estimateTokens, mostCharactersFor } from './tokens.ts';
import { described } from './toolCalls.ts';

/** What the plain calls of one run need. */
export interface AskOptions {
	/** The run whose share of the servers they take. */
	readonly payer: string;
	readonly models: ModelPort;
	readonly subModel: ModelDescription;
	/** Name of the sub-model, when the user chose one. */
	readonly modelName: string | undefined;
	readonly budget: Budget;
	readonly emitter: Emitter;
	/** Places for plain calls, shared by the whole tree. */
	readonly places: Semaphore;
	/** How fast models write, shared by the whole tree. */
	readonly pace: Pace;
	/** Receives the usage of calls and child runs as they end. */
	readonly spend: (totals: Totals) => void;
}

/** Where a call stands, and when it begins and has to end. */
export interface AskedCall {
	readonly query: SubQuery;
	readonly node: CallNode;
	/** Shared by a call and its repairs, which continue its messages. */
	readonly conversationId: string;
	/** How long its reply is of use from now on, ms. */
	readonly timeLeftMs: () => number;
	/** Called once there is room for it. */
	readonly start: () => void;
}

/** A call as a node of the tree. */
export interface CallNode {
	readonly runId: string;
	readonly nodeId: string;
	readonly parentId: string;
}

/** Cap for a prompt whose model has an unknown window. */
const LONGEST_PROMPT = 4_000_000;
const EMPTY_REPLY = 'the reply of the model has no text; ask for less at a time';

/** A call as it is going to be sent. */
interface PreparedCall {
	readonly query: SubQuery;
	readonly form: ReplyForm | undefined;
	readonly messages: readonly ChatMessage[];
	readonly asked: ModelDescription;
	readonly profile: PromptProfile;
	/** True when the reply may have a few tokens only, because one of a few words is asked for. */
	readonly isShort: boolean;
}

/**
 * Asks a model one question of the code: reserves its budget, waits for a place, asks, reads the reply.
 * @throws ModelError, NoServerError, LimitReached, CancelledError
 */
export async function askModel(
	options: AskOptions,
	structured: StructuredReplies,
	call: AskedCall,
	signal: AbortSignal,
): Promise<CallOutcome> {
	const { models, places, emitter, subModel, spend, pace } = options;
	const { query, node, start } = call;
	// Without one the budget is reserved before the next call of a batch is looked at.
	const problem = query.schema && (await structured.problemOfSchema(query.schema));
	if (problem !== undefined) return refused('input', problem);
	// Code may name a model with another price or window than the usual one.
	const asked = query.model === undefined ? subModel : await models.describe('sub', query.model, signal);
	const prepared = prepare(query, asked, structured);
	const reservation = reserve(options, prepared);
	try {
		start();
		const admitted = async () => {
			await reservation.start(signal);
			return models.call(
				modelCall(options, call, prepared, reservation.completionTokens),
				{
					onDelta: () => {},
					onAttempt: metered({ reservation, emitter, node, spend }),
					onAttemptFailed: (failure) => emitter.emit({ type: 'attempt-failed', ...node, ...failure }),
				},
				signal,
			);
		};
		const reply = await places.run(admitted, signal);
		pace.note(reply);
		const { usage, costUsd, server, model, attempts, queueMs } = reply;
		const facts = present({ usage, costUsd, server, model, attempts, queueMs });
		const isEmpty = reply.text.trim() === '';
		const isForWant = isEmpty && prepared.isShort && reply.finishReason === 'length';
		if (isForWant) structured.noteThinker(asked.model);
		// A model can spend all its tokens on reasoning. Code must not mistake that for "nothing found".
		if (isEmpty && !isForWant) return { ...failed('empty', whyEmpty(reply)), facts };
		if (prepared.form) return { ...(await readOrGiveUp(structured, query, reply, signal)), facts };
		return { status: 'done', reply: replyOf(reply, query, reservation.completionTokens), facts };
	} finally {
		reservation.close();
	}
}

/** Reads a reply that has to have a form. A reply that nobody waits for any more has been paid for all the same. */
async function readOrGiveUp(
	structured: StructuredReplies,
	query: SubQuery,
	reply: ModelReply,
	signal: AbortSignal,
): Promise<CallOutcome> {
	try {
		return await structured.read(query, reply, signal);
	} catch (error) {
		if (error instanceof CancelledError) return CANCELLED;
		throw error;
	}
}

/** @throws ModelError when the prompt is too long for the window in any language */
function prepare(query: SubQuery, asked: ModelDescription, structured: StructuredReplies): PreparedCall {
	const form = formOf(query);
	const messages = messagesOf(query, form);
	checkLength(messages, asked);
	const profile = chooseProfile(asked, undefined);
	// A model that thinks first needs room for that, and the reply before a repair may have been cut.
	const mayThink = asked.canThink === true || profile.name === 'reasoning' || structured.isThinker(asked.model);
	const isShort = form?.maxTokens !== undefined && query.maxTokens === undefined && !query.repair && !mayThink;
	return { query, form, messages, asked, profile, isShort };
}

function reserve({ budget, pace }: AskOptions, { query, form, messages, asked, profile, isShort }: PreparedCall) {
	const promptTokens = tokensOf(messages, form);
	const completionTokens = replyTokens(asked, {
		promptTokens,
		maxTokens: query.maxTokens ?? (isShort ? form?.maxTokens : undefined),
		most: profile.subCompletionTokens,
		cellMs: budget.limits.cellMs,
		tokensIn: (ms) => pace.tokensIn(ms, asked.model),
	});
	return budget.reserve({ isSubCall: true, promptTokens, completionTokens, price: asked.price });
}

function modelCall(
	{ modelName, payer }: AskOptions,
	{ query, conversationId, timeLeftMs }: AskedCall,
	{ messages, form, profile: { sub: sampling } }: PreparedCall,
	maxTokens: number,
): ModelCall {
	return present({
		role: 'sub',
		model: query.model ?? modelName,
		messages,
		maxTokens,
		temperature: query.temperature,
		usualTemperature: sampling.temperature,
		topP: sampling.topP,
		stop: query.stop,
		thinking: sampling.thinking,
		format: form?.format,
		runId: payer,
		conversationId,
		timeLeftMs: timeLeftMs(),
	});
}

/** Servers add the format to the prompt in a form of their own. */
function tokensOf(messages: readonly ChatMessage[], form: ReplyForm | undefined): number {
	const texts = messages.map(({ content }) => content);
	if (form) texts.push(JSON.stringify(form.format));
	return texts.reduce((sum, text) => sum + estimateTokens(text), 0);
}

function whyEmpty({ toolCalls = [] }: ModelReply): string {
	const [call] = toolCalls;
	return call ? `the model has no tools, but answered only with a ${described(call).slice(1, -1)}` : EMPTY_REPLY;
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

/** @throws ModelError when a prompt is too long for the window in any language */
export function checkLength(messages: readonly Pick<ChatMessage, 'content'>[], model: ModelDescription): void {
	const characters = messages.reduce((sum, { content }) => sum + content.length, 0);
	const known = mostCharactersFor(model.contextTokens);
	if (characters <= (model.isContextKnown ? known : Math.max(known, LONGEST_PROMPT))) return;
	throw new ModelError('the prompt is far longer than the window of the model', {
		category: 'context-overflow',
		promptTokens: Math.ceil(characters / 4),
		contextTokens: model.contextTokens,
	});
}
