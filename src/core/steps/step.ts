import { ModelError } from '../errors.ts';
import type { ChatMessage, ModelReply, Prefill } from '../ports/model.ts';
import { callRoot, type Node } from '../rootCall.ts';
import { head, type RunState } from '../runState.ts';

/** One call of a walk: a short prompt with one task, which knows nothing of the others. */
export interface Step {
	readonly messages: readonly ChatMessage[];
	readonly completionTokens: number;
	/** Absent: as suits the model. */
	readonly temperature?: number;
	readonly prefill?: Prefill;
	/** Uses the reserved share of the budget. */
	readonly isSalvage?: boolean;
}

/** Makes the call as an iteration of its own. @param then what follows it, still inside the iteration */
export async function takeStep<T>(
	state: RunState,
	step: Step,
	then: (reply: ModelReply, node: Node) => Promise<T>,
): Promise<T> {
	const { shared, place, progress, spending } = state;
	const node: Node = { runId: place.runId, nodeId: shared.createNodeId(), parentId: place.nodeId };
	const { messages, isSalvage = false, ...options } = step;
	const startedAt = shared.deps.now();
	if (!isSalvage) progress.iterations++;
	const index = progress.iterations;
	shared.emitter.emit({ type: 'iteration-start', ...node, index, isSalvage, messages });
	try {
		const reply = await callRoot(state, node, { messages, isSalvage, isShown: true, ...options });
		return await then(reply, node);
	} finally {
		const durationMs = shared.deps.now() - startedAt;
		shared.emitter.emit({ type: 'iteration-end', ...node, index, ...spending.takeIteration(), durationMs });
	}
}

/** Undefined when the model replied with nothing at all: then this way led nowhere, and another may. */
export async function unlessEmpty<T>(way: () => Promise<T>): Promise<T | undefined> {
	try {
		return await way();
	} catch (error) {
		if (error instanceof ModelError && error.category === 'empty') return undefined;
		throw error;
	}
}

/** Tells the user what the run does, and why. */
export function tell({ shared, place }: RunState, text: string): void {
	shared.emitter.emit({ type: 'notice', ...head(place), audience: 'user', text });
}
