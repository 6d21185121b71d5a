import type { Budget } from './budget.ts';
import { type CallOutcome, failed, refused } from './callOutcome.ts';
import type { Emitter } from './emitter.ts';
import { ModelError } from './errors.ts';
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

/**
 * Asks a model one question of the code: reserves its budget, waits for a place, asks, reads the reply.
 * @throws ModelError, NoServerError, LimitReached, CancelledError
 */
export async function askModel(
	options: AskOptions,
	structured: StructuredReplies,
	{ query, node, conversationId, timeLeftMs, start }: AskedCall,
	signal: AbortSignal,
): Promise<CallOutcome> {
	const { models, budget, places, emitter, payer, subModel, spend, pace } = options;
	// Without one the budget is reserved before the next call of a batch is looked at.
	const problem = query.schema && (await structured.problemOfSchema(query.schema));
	if (problem !== undefined) return refused('input', problem);
	const form = formOf(query);
	const messages = messagesOf(query, form);
	// Code may name a model with another price or window than the usual one.
	const asked = query.model === undefined ? subModel : await models.describe('sub', query.model, signal);
	checkLength(messages, asked);
	const profile: PromptProfile = chooseProfile(asked, undefined);
	const { sub: sampling, subCompletionTokens: most } = profile;
	const maxTokens = query.maxTokens ?? tokensOfForm(query, form, asked, profile);
	const promptTokens = tokensOf(messages, form);
	const { cellMs } = budget.limits;
	const tokensIn = (ms: number) => pace.tokensIn(ms, asked.model);
	const reservation = budget.reserve({
		isSubCall: true,
		promptTokens,
		completionTokens: replyTokens(asked, { promptTokens, maxTokens, most, cellMs, tokensIn }),
		price: asked.price,
	});
	try {
		start();
		const call = (): ModelCall =>
			present({
				role: 'sub',
				model: query.model ?? options.modelName,
				messages,
				maxTokens: reservation.completionTokens,
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
		const admitted = async () => {
			await reservation.start(signal);
			return models.call(
				call(),
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
		// A model can spend all its tokens on reasoning. Code must not mistake that for "nothing found".
		if (reply.text.trim() === '') return { ...failed('empty', whyEmpty(reply)), facts };
		if (form) return { ...(await structured.read(query, reply, signal)), facts };
		return { status: 'done', reply: replyOf(reply, query, reservation.completionTokens), facts };
	} finally {
		reservation.close();
	}
}

/**
 * Few tokens for one of a few words. Not for a model that thinks first, and not for a repair: the reply before may have
 * been cut for that reason.
 */
function tokensOfForm(
	{ repair }: SubQuery,
	form: ReplyForm | undefined,
	{ canThink }: ModelDescription,
	{ name }: PromptProfile,
): number | undefined {
	return repair !== undefined || canThink === true || name === 'reasoning' ? undefined : form?.maxTokens;
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
