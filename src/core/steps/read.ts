import { textsOf } from '../acceptance.ts';
import { ComputeError } from '../errors.ts';
import { findsNothing } from '../evidence/absence.ts';
import { unfitAnswer } from '../finalAnswer.ts';
import type { Context, Passage } from '../ports/context.ts';
import type { FinalAnswer } from '../ports/sandbox.ts';
import { readMessages } from '../prompt/steps.ts';
import type { RunState } from '../runState.ts';
import { takeStep, tell } from './step.ts';
import { isSupported } from './support.ts';

const ANSWER_TOKENS = 160;
/** Passages that are read, and characters of each. */
const PASSAGES = 6;
const PASSAGE_CHARACTERS = 450;

/** Reads the passages that fit the question best, or a short text as a whole. Undefined when they do not answer it. */
export async function readPassages(state: RunState): Promise<FinalAnswer | undefined> {
	const { query } = state.request;
	const passages = shownPassages(await passagesFor(state, query));
	if (passages === '') return undefined;
	state.progress.evidence.push(passages);
	const step = { messages: readMessages(query, passages), completionTokens: ANSWER_TOKENS, temperature: 0 };
	return takeStep(state, step, async ({ text }) => answerFrom(state, text, passages));
}

/** The passages of texts that fit a question best; none when the search fails. */
export async function passagesFor(
	state: RunState,
	question: string,
	contexts: readonly Context[] = state.request.contexts,
): Promise<readonly Passage[]> {
	const extent = { count: PASSAGES, characters: PASSAGE_CHARACTERS };
	try {
		return await state.shared.deps.passages.find(contexts, question, extent, state.work);
	} catch (error) {
		if (!(error instanceof ComputeError)) throw error;
		tell(state, `The text could not be searched: ${error.message}.`);
		return [];
	}
}

/** Passages as a model reads them, each below its place. */
export function shownPassages(passages: readonly Passage[]): string {
	const [only, ...others] = passages;
	if (only?.line === undefined && others.length === 0) return only?.text.trim() ?? '';
	return passages
		.map(({ path, line, text }) => `${path}:${line ?? ''}\n${text}`)
		.join('\n\n')
		.trim();
}

/** The answer in a reply, if it is one and rests on what the model was shown. */
export function answerFrom(state: RunState, reply: string, evidence: string): FinalAnswer | undefined {
	const text = reply.trim().replace(/^(?:answer|final answer)\s*:\s*/i, '');
	if (findsNothing(text) || unfitAnswer(text, false, textsOf(state)) !== undefined) return undefined;
	return isSupported(text, evidence, state.request.query) ? { text } : undefined;
}
