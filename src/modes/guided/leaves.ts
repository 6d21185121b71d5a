import { throwIfCancelled } from '../../core/errors.ts';
import type { QueryReply, SubQuery } from '../../core/ports/sandbox.ts';
import type { RunState } from '../../core/runState.ts';
import { tell } from '../../core/steps/step.ts';

/** A question to the sub-model that stands for itself. */
export type Leaf = Pick<SubQuery, 'prompt' | 'system' | 'schema' | 'choices' | 'maxTokens'>;

/** Calls kept back for what follows the leaves. */
const KEPT_CALLS = 10;
/** Shares of tokens and of time that leaves may use. */
const [TOKEN_SHARE, TIME_SHARE] = [0.8, 0.6];
/** Tokens of a reply, and of what stands around a prompt, guessed. */
const REPLY_TOKENS = 60;
/** Calls that are made without a word before. */
const FEW_CALLS = 3;

/**
 * Asks every question of the sub-model, side by side, in an iteration of their own. Failures are replies, too; where the
 * calls fail for a lasting reason, the last replies are missing. @throws CancelledError
 */
export async function askLeaves(state: RunState, leaves: readonly Leaf[]): Promise<readonly QueryReply[]> {
	const { shared, place, progress, spending } = state;
	const node = { runId: place.runId, nodeId: shared.createNodeId(), parentId: place.nodeId };
	const startedAt = shared.deps.now();
	const index = ++progress.iterations;
	shared.emitter.emit({ type: 'iteration-start', ...node, index, isSalvage: false, messages: [] });
	try {
		return await inSlices(state, node.nodeId, leaves);
	} finally {
		const durationMs = shared.deps.now() - startedAt;
		shared.emitter.emit({ type: 'iteration-end', ...node, index, ...spending.takeIteration(), durationMs });
	}
}

/** Makes the calls in slices of what one cell may make. */
async function inSlices(state: RunState, nodeId: string, leaves: readonly Leaf[]): Promise<readonly QueryReply[]> {
	const { calls, limits, work } = state;
	const replies: QueryReply[] = [];
	for (let from = 0; from < leaves.length; from += limits.callsPerCell) {
		const cell = calls.startCell(nodeId);
		try {
			const slice = leaves.slice(from, from + limits.callsPerCell);
			const queries = slice.map((leaf): SubQuery => ({ kind: 'llm', spans: [], ...leaf }));
			replies.push(...(await Promise.all(calls.query(queries, AbortSignal.any([work, cell.stop])))));
		} finally {
			await cell.end();
		}
		throwIfCancelled(work);
		if (cell.stop.aborted) break;
	}
	return replies;
}

/** The value in a reply that was asked for with a schema or choices, and so was checked; undefined when the call failed. */
export function checkedValue<T>(reply: QueryReply | undefined): T | undefined {
	return reply === undefined || reply.failure !== undefined ? undefined : (JSON.parse(reply.text) as T);
}

/** What many calls will take. */
export interface Estimate {
	readonly calls: number;
	readonly tokens: number;
	/** Absent while the speed of the model is not known. */
	readonly ms?: number;
}

/** About what a number of calls with so many characters of prompts together will take. */
export function estimateOf(state: RunState, calls: number, characters: number): Estimate {
	const { pace, deps } = state.shared;
	const promptTokens = Math.ceil(characters / 4) + REPLY_TOKENS * calls;
	const places = Math.max(1, deps.models.idlePlaces('sub'));
	const ms = pace.msFor(promptTokens, REPLY_TOKENS * calls, state.sub.model) / places;
	const tokens = promptTokens + REPLY_TOKENS * calls;
	return ms > 0 ? { calls, tokens, ms } : { calls, tokens };
}

/** Whether the limits leave room for it, and for what follows. */
export function isAffordable({ shared }: RunState, { calls, tokens, ms = 0 }: Estimate): boolean {
	const { budget } = shared;
	const { tokens: tokensLeft } = budget.left();
	if (calls > budget.callsLeft - KEPT_CALLS || ms > budget.workMsLeft * TIME_SHARE) return false;
	return typeof tokensLeft !== 'number' || tokens <= tokensLeft * TOKEN_SHARE;
}

/** Says what is about to be done, and what it will take, where that is much. */
export function announce(state: RunState, what: string, estimate: Estimate): void {
	if (estimate.calls > FEW_CALLS) tell(state, `${what}: ${inWords(estimate)}.`);
}

/** An estimate as a person would say it. */
export function inWords({ calls, tokens, ms }: Estimate): string {
	const minutes = ms === undefined ? 0 : Math.round(ms / 60_000);
	const time = minutes < 1 ? '' : `, some ${minutes} minutes`;
	return `about ${calls} calls and ${rounded(tokens)} tokens${time}`;
}

/** Two digits are as much as an estimate is worth. */
function rounded(value: number): string {
	const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, value))) - 1);
	return (Math.round(value / step) * step).toLocaleString('en-US');
}
