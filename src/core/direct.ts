import { contextBytes } from './contextSummary.ts';
import type { Context, CorpusReader } from './ports/context.ts';
import { subCompletionTokens } from './prompt/capacity.ts';
import { directMessage } from './prompt/messages.ts';
import { callRoot } from './rootCall.ts';
import { head, type RunState } from './runState.ts';
import type { Ending } from './salvage.ts';

/** Share of the window that the text of a direct call may fill. */
const COMFORTABLE_SHARE = 0.5;

/** Contexts up to this size are offered a direct call when the settings do not decide. Tokens. */
const OFFER_BELOW_TOKENS = 16_000;

/**
 * Decides whether one direct call should answer. Below some tens of thousands of tokens a model that reads the text
 * answers better and faster than one that explores it (Zhang, Kraska, Khattab, arXiv 2512.24601, figure 1). The setting
 * decides; without one, the user is told of the option.
 */
export function fitsOneCall(state: RunState): boolean {
	const { request, shared, place } = state;
	if (!canBeRead(state)) return false;
	const tokens = request.contexts.reduce((sum, context) => sum + contextTokens(context), 0);
	if (tokens > state.root.contextTokens * COMFORTABLE_SHARE) return false;
	if (request.directBelowTokens !== undefined) return tokens <= request.directBelowTokens;
	// A walk reads a short text as a whole by itself.
	if (tokens <= OFFER_BELOW_TOKENS && !state.profile.isStepwise) {
		const text = `The whole context (about ${tokens} tokens) would fit into one call.`;
		const topic = { kind: 'fits-one-call', tokens } as const;
		shared.emitter.emit({ type: 'notice', ...head(place), audience: 'user', text, topic });
	}
	return false;
}

/** The built-in engine cannot read, a typed answer needs the REPL, and a JSON value is not a text. */
function canBeRead({ request, root, place }: RunState): boolean {
	const isPlain = request.outputFields === undefined && request.output === undefined;
	return place.depth === 0 && !root.isBuiltin && isPlain && request.contexts.every(({ kind }) => kind !== 'json');
}

function contextTokens(context: Context): number {
	return Math.ceil(contextBytes(context) / 4);
}

/**
 * Answers with one call that holds the whole context. Returns undefined when the reply is empty or cut; the run then
 * has to explore.
 */
export async function answerDirectly(state: RunState): Promise<Ending | undefined> {
	const { request, shared, place, root, corpus, progress, spending } = state;
	const node = { runId: place.runId, nodeId: shared.createNodeId(), parentId: place.nodeId };
	const message = directMessage(request.query, wholeText(request.contexts, corpus));
	const startedAt = shared.deps.now();
	const notice = 'The whole context fits into one call, so the model reads it directly.';
	shared.emitter.emit({ type: 'notice', ...head(place), audience: 'user', text: notice });
	shared.emitter.emit({
		type: 'iteration-start',
		...node,
		index: 1,
		isSalvage: false,
		messages: [{ role: 'user', content: message }],
	});
	progress.iterations++;
	try {
		const reply = await callRoot(state, node, {
			messages: [{ role: 'user', content: message }],
			completionTokens: subCompletionTokens(root),
			isSalvage: false,
			isShown: true,
		});
		const isWhole = reply.finishReason !== 'length' && reply.text.trim() !== '';
		if (isWhole) return { outcome: 'answered', final: { text: reply.text } };
		const text = 'The reply to the direct call was empty or cut, so the model explores the context instead.';
		shared.emitter.emit({ type: 'notice', ...head(place), audience: 'user', text });
		return undefined;
	} finally {
		const durationMs = shared.deps.now() - startedAt;
		shared.emitter.emit({ type: 'iteration-end', ...node, index: 1, ...spending.takeIteration(), durationMs });
	}
}

function wholeText(contexts: readonly Context[], corpus: CorpusReader): string {
	return contexts
		.filter((context) => context.kind !== 'json')
		.flatMap(({ kind, files }) =>
			files.map(({ path, length, firstLine, lineCount }) => {
				const span = { path, startLine: firstLine, endLine: firstLine + lineCount - 1 };
				const text = corpus.lines(span, length) ?? '';
				return kind === 'files' ? `===== ${path} =====\n${text}` : text;
			}),
		)
		.join('\n');
}
