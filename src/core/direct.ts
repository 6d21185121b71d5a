import type { CorpusReader, TextContext } from './context.ts';
import { directMessage, subCompletionTokens } from './prompt.ts';
import { callRoot } from './root.ts';
import type { Ending } from './salvage.ts';
import { head, type RunState } from './state.ts';
import { addTotals, NO_TOTALS, totalsOfCall } from './totals.ts';

/** Share of the window that the text of a direct call may fill. */
const COMFORTABLE_SHARE = 0.5;

/**
 * Whether one direct call should answer. Below some tens of thousands of tokens a model that reads the text answers
 * better and faster than one that explores it (Zhang, Kraska, Khattab, arXiv 2512.24601, figure 1).
 */
export function fitsOneCall({ request, root, place }: RunState): boolean {
	const most = Math.min(request.directBelowTokens ?? 0, root.contextTokens * COMFORTABLE_SHARE);
	if (most <= 0 || place.depth > 0 || root.isBuiltin || request.outputFields || request.output) return false;
	const bytes = textContexts(request.contexts).reduce(
		(sum, { files }) => sum + files.reduce((s, f) => s + f.length, 0),
		0,
	);
	return request.contexts.every(({ kind }) => kind !== 'json') && bytes / 4 <= most;
}

/** Answers with one call that holds the whole context. */
export async function answerDirectly(state: RunState): Promise<Ending> {
	const { request, shared, place, root, corpus, progress } = state;
	const node = { runId: place.runId, nodeId: shared.createNodeId(), parentId: place.nodeId };
	const message = directMessage(request.query, wholeText(textContexts(request.contexts), corpus));
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
	let own = NO_TOTALS;
	try {
		const reply = await callRoot(state, node, {
			messages: [{ role: 'user', content: message }],
			completionTokens: subCompletionTokens(root),
			isSalvage: false,
			isShown: true,
		});
		own = totalsOfCall(reply.usage, reply.costUsd);
		return { outcome: 'answered', final: { text: reply.text } };
	} finally {
		progress.totals = addTotals(progress.totals, own);
		const durationMs = shared.deps.now() - startedAt;
		shared.emitter.emit({ type: 'iteration-end', ...node, index: 1, own, subtree: own, durationMs });
	}
}

function textContexts(contexts: readonly { kind: string }[]): TextContext[] {
	return contexts.filter((context): context is TextContext => context.kind !== 'json');
}

function wholeText(contexts: readonly TextContext[], corpus: CorpusReader): string {
	return contexts
		.flatMap(({ kind, files }) =>
			files.map(({ path, length, firstLine, lineCount }) => {
				const span = { path, startLine: firstLine, endLine: firstLine + lineCount - 1 };
				const text = corpus.lines(span, length) ?? '';
				return kind === 'files' ? `===== ${path} =====\n${text}` : text;
			}),
		)
		.join('\n');
}
