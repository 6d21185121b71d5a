import { ModelError } from '../core/errors.ts';
import type { Context, CorpusReader } from '../core/ports/context.ts';
import { subCompletionTokens } from '../core/prompt/capacity.ts';
import { directMessage } from '../core/prompt/messages.ts';
import type { RunState } from '../core/runState.ts';
import type { Ending } from '../core/salvage.ts';
import { takeStep, tell } from '../core/steps/step.ts';

/** Answers with one call that holds the whole context. Undefined when it does not fit, or the reply is empty or cut. */
export async function direct(state: RunState): Promise<Ending | undefined> {
	const { request, root, corpus } = state;
	const content = directMessage(request.query, wholeText(request.contexts, corpus), request.earlier);
	const step = { messages: [{ role: 'user' as const, content }], completionTokens: subCompletionTokens(root) };
	try {
		const reply = await takeStep(state, step, async (whole) => whole);
		const isWhole = reply.finishReason !== 'length' && reply.text.trim() !== '';
		if (isWhole) return { outcome: 'answered', final: { text: reply.text } };
		tell(state, 'The reply to the direct call was empty or cut.');
	} catch (error) {
		const isExpected = error instanceof ModelError && ['context-overflow', 'empty'].includes(error.category);
		if (!isExpected) throw error;
		tell(state, `The direct call gave nothing: ${error.message}.`);
	}
	return undefined;
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
