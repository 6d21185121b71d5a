import { metered } from './metering.ts';
import type { ChatMessage, ModelCall, ModelReply, Prefill } from './ports/model.ts';
import { present } from './present.ts';
import { conversationTokens } from './prompt/capacity.ts';
import type { PromptProfile } from './prompt/profiles.ts';
import { payerOf, type RunState } from './runState.ts';
import { understood } from './toolCalls.ts';

/** A node of the tree, under its parent. */
export interface Node {
	readonly runId: string;
	readonly nodeId: string;
	readonly parentId: string;
}

/** A call to the root model. */
export interface RootCall {
	readonly messages: readonly ChatMessage[];
	/** Completion tokens wanted. */
	readonly completionTokens: number;
	/** Uses the reserved share of the budget, and continues after ordinary work was stopped. */
	readonly isSalvage: boolean;
	/** Whether the reply belongs to the tree: streamed as deltas and reported as the node's message. */
	readonly isShown: boolean;
	/** Absent: what the settings of the server say, else the profile. */
	readonly temperature?: number;
	/** Begins a reply that is to be code. */
	readonly prefill?: Prefill;
}

/** How the reply is written: as the call says, else as suits the model. */
function rootOptions({ profile, request }: RunState, { temperature, prefill }: RootCall): Partial<ModelCall> {
	const { temperature: usual, prefill: _, ...sampling }: PromptProfile['root'] = profile.root;
	const { leastTemperature = 0 } = request;
	const warmed = (wanted: number | undefined) =>
		wanted === undefined ? undefined : Math.max(wanted, leastTemperature);
	return {
		...sampling,
		...present({ temperature: warmed(temperature), usualTemperature: warmed(usual), prefill }),
	};
}

/** What a forced last iteration reads, beyond what the server has in its cache, and writes. Tokens. */
const CLOSING_PROMPT = 500;
const CLOSING_TOKENS = 250;
/** Share of the time left in which the forced last reply has to be written. */
const IN_TIME = 0.8;

/** Completion tokens of a call. The last reply is short enough for a slow server to end it in time. */
function completionTokens({ shared, root }: RunState, call: RootCall): number {
	if (!call.isSalvage) return call.completionTokens;
	const { limits, elapsedMs } = shared.budget;
	const inTime = shared.pace.tokensIn(IN_TIME * Math.max(0, limits.durationMs - elapsedMs), root.model);
	return Math.min(call.completionTokens, Math.max(CLOSING_TOKENS, Math.floor(inTime)));
}

/**
 * Calls the root model of a run within the budget.
 * @throws LimitReached, ModelError, NoServerError, CancelledError
 */
export async function callRoot(state: RunState, node: Node, call: RootCall): Promise<ModelReply> {
	const { shared, root, request, place } = state;
	const { emitter, budget, deps } = shared;
	const reservation = budget.reserve({
		isSubCall: false,
		promptTokens: conversationTokens(call.messages),
		completionTokens: Math.min(completionTokens(state, call), Math.floor(root.contextTokens / 4)),
		price: root.price,
		isSalvage: call.isSalvage,
	});
	const signal = call.isSalvage ? state.ending : state.work;
	try {
		await reservation.start(signal);
		const reply = await deps.models.call(
			present({
				role: 'root',
				model: request.rootModel,
				messages: call.messages,
				maxTokens: reservation.completionTokens,
				...rootOptions(state, call),
				runId: payerOf(place),
				conversationId: place.runId,
			}),
			{
				onAttempt: metered({ reservation, emitter, node, spend: (totals) => state.spending.addOwn(totals) }),
				onDelta: (text, channel) => call.isShown && emitter.delta(node, text, channel),
				onAttemptFailed: (failure) => emitter.emit({ type: 'attempt-failed', ...node, ...failure }),
			},
			signal,
		);
		shared.pace.note(reply);
		if (!call.isSalvage) shared.keepBack(1.3 * shared.pace.msFor(CLOSING_PROMPT, CLOSING_TOKENS, reply.model));
		const read = understood(reply);
		const { toolCalls: _, ...shown } = read;
		if (call.isShown) emitter.emit({ type: 'message-end', ...node, ...shown });
		return read;
	} finally {
		reservation.close();
	}
}
