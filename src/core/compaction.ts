import { LimitReached } from './budget.ts';
import { ModelError, NoServerError } from './errors.ts';
import type { Compaction } from './events.ts';
import type { ChatMessage, ModelReply } from './ports/model.ts';
import { present } from './present.ts';
import { conversationTokens } from './prompt/capacity.ts';
import { COMPACTION_REQUEST } from './prompt/messages.ts';
import { callRoot, type Node } from './rootCall.ts';
import type { RunState } from './runState.ts';

/** Share of the served window at which a summary replaces the conversation. */
const FULL_SHARE = 0.7;
const SUMMARY_TOKENS = 2_048;

/** Compacts the conversation when the next iteration would come close to the end of the served window. */
export async function compactWhenFull(state: RunState, node: Node): Promise<void> {
	const { transcript, root } = state;
	const isWorthIt = transcript.messages.length > 4;
	if (isWorthIt && conversationTokens(transcript.messages) > root.contextTokens * FULL_SHARE)
		await compactNow(state, node);
}

/**
 * Replaces the conversation with the question and a summary. The REPL keeps everything, and `history` holds the dropped
 * messages. This is the only place where earlier messages change.
 */
export async function compactNow(state: RunState, node: Node): Promise<void> {
	const { transcript, shared, frame } = state;
	const before = { messages: transcript.messages.length, tokens: conversationTokens(transcript.messages) };
	const reply = await askForSummary(state, node);
	const summary = reply?.text.trim() || summaryWithoutModel(transcript.messages);
	const sandbox = await state.sandbox();
	const variables = (await sandbox.variables(state.work))
		.map(({ name, type, size }) => `${name} (${type}${size === undefined ? '' : `, ${size}`})`)
		.join(', ');
	const old = transcript.restart(frame.afterCompaction(summary, variables));
	await sandbox.setHistory(JSON.stringify(old), state.work);
	const compaction = present({
		type: 'compaction',
		...node,
		messagesBefore: before.messages,
		tokensBefore: before.tokens,
		tokensAfter: conversationTokens(transcript.messages),
		summary,
		call: reply && callOf(reply),
	});
	shared.emitter.emit(compaction);
}

function callOf({ usage, costUsd, server, model, durationMs }: ModelReply): NonNullable<Compaction['call']> {
	return present({ usage, costUsd, server, model, durationMs });
}

/** The model's own summary; undefined when the conversation is already too long or the budget does not allow it. */
async function askForSummary(state: RunState, node: Node): Promise<ModelReply | undefined> {
	try {
		return await callRoot(state, node, {
			messages: [...state.transcript.messages, { role: 'user', content: COMPACTION_REQUEST }],
			completionTokens: SUMMARY_TOKENS,
			isSalvage: false,
			isShown: false,
		});
	} catch (error) {
		if (error instanceof ModelError || error instanceof NoServerError || error instanceof LimitReached)
			return undefined;
		throw error;
	}
}

/** The last plans and outputs, shortened. They suffice because all variables are still there. */
function summaryWithoutModel(messages: readonly ChatMessage[]): string {
	return messages
		.slice(2)
		.slice(-6)
		.map(({ role, content }) => `${role === 'assistant' ? 'You' : 'REPL'}: ${content.slice(0, 600)}`)
		.join('\n');
}
