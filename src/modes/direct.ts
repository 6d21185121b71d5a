import { wholeFile } from '../core/contextSummary.ts';
import { ModelError } from '../core/errors.ts';
import { objectionTo } from '../core/evidence/strict.ts';
import type { Context, CorpusReader } from '../core/ports/context.ts';
import type { ModelReply } from '../core/ports/model.ts';
import { subCompletionTokens } from '../core/prompt/capacity.ts';
import { directMessage } from '../core/prompt/messages.ts';
import type { RunState } from '../core/runState.ts';
import type { Ending } from '../core/salvage.ts';
import { type Step, takeStep, tell } from '../core/steps/step.ts';

/** Answers with one call that holds the whole context. Undefined when it does not fit, or the reply is empty or cut. */
export async function direct(state: RunState): Promise<Ending | undefined> {
	const { request, root, corpus } = state;
	const content = directMessage(request.query, wholeText(request.contexts, corpus), request.earlier);
	const step = { messages: [{ role: 'user' as const, content }], completionTokens: subCompletionTokens(root) };
	try {
		const text = wholeReply(await takeStep(state, step, async (whole) => whole));
		if (text !== undefined) return { outcome: 'answered', final: { text: await mended(state, step, text) } };
		tell(state, 'The reply to the direct call was empty or cut.');
	} catch (error) {
		const isExpected = error instanceof ModelError && ['context-overflow', 'empty'].includes(error.category);
		if (!isExpected) throw error;
		tell(state, `The direct call gave nothing: ${error.message}.`);
	}
	return undefined;
}

function wholeReply({ finishReason, text }: ModelReply): string | undefined {
	return finishReason !== 'length' && text.trim() !== '' ? text : undefined;
}

/** In a strict run: the answer after the model was told what of it does not hold. A reply that is not whole changes nothing. */
async function mended(state: RunState, step: Step, answer: string): Promise<string> {
	const objection = await objectionTo({ text: answer }, state);
	if (objection === undefined) return answer;
	const messages = [
		...step.messages,
		{ role: 'assistant' as const, content: answer },
		{ role: 'user' as const, content: `The answer was not accepted: ${objection}` },
	];
	tell(state, 'Some of the evidence does not hold, so the model is asked to mend its answer.');
	const next = wholeReply(await takeStep(state, { ...step, messages }, async (whole) => whole));
	return next === undefined ? answer : mended(state, { ...step, messages }, next);
}

function wholeText(contexts: readonly Context[], corpus: CorpusReader): string {
	return contexts
		.filter((context) => context.kind !== 'json')
		.flatMap(({ kind, files }) =>
			files.map((file) => {
				const { path, length } = file;
				const text = corpus.lines(wholeFile(file), length) ?? '';
				return kind === 'files' ? `===== ${path} =====\n${text}` : text;
			}),
		)
		.join('\n');
}
