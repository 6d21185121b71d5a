import { metered } from './metering.ts';
import type { ChatMessage, ModelReply } from './ports/model.ts';
import { present } from './present.ts';
import { conversationTokens } from './prompt/capacity.ts';
import type { RunState } from './runState.ts';

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
		completionTokens: Math.min(call.completionTokens, Math.floor(root.contextTokens / 4)),
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
				runId: place.runId,
				conversationId: place.runId,
			}),
			{
				onAttempt: metered({ reservation, emitter, node, spend: (totals) => state.spending.addOwn(totals) }),
				onDelta: (text, channel) => call.isShown && emitter.delta(node, text, channel),
				onAttemptFailed: (failure) => emitter.emit({ type: 'attempt-failed', ...node, ...failure }),
			},
			signal,
		);
		if (call.isShown) emitter.emit({ type: 'message-end', ...node, ...reply });
		return reply;
	} finally {
		reservation.close();
	}
}
