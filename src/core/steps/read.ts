import { textsOf } from '../acceptance.ts';
import { runCell } from '../cell.ts';
import { findsNothing } from '../evidence/absence.ts';
import { unfitAnswer } from '../finalAnswer.ts';
import type { FinalAnswer } from '../ports/sandbox.ts';
import { readMessages } from '../prompt/steps.ts';
import { head, type RunState } from '../runState.ts';
import { takeStep } from './step.ts';
import { isSupported } from './support.ts';

const ANSWER_TOKENS = 160;
/** Passages that are read, and characters of each. */
const PASSAGES = 6;
const PASSAGE_CHARACTERS = 450;

/** Reads the passages that fit the question best, or a short text as a whole. Undefined when they do not answer it. */
export async function readPassages(state: RunState): Promise<FinalAnswer | undefined> {
	const { query } = state.request;
	const code = `print(excerpts(${JSON.stringify(query)}, ${PASSAGES}, ${PASSAGE_CHARACTERS}))`;
	const { stdout, error } = await runCell(state, head(state.place), code);
	const passages = stdout.trim();
	if (error || passages === '') return undefined;
	state.progress.evidence.push(passages);
	const step = { messages: readMessages(query, passages), completionTokens: ANSWER_TOKENS, temperature: 0 };
	return takeStep(state, step, async ({ text }) => answerFrom(state, text, passages));
}

/** The answer in a reply, if it is one and rests on what the model was shown. */
export function answerFrom(state: RunState, reply: string, evidence: string): FinalAnswer | undefined {
	const text = reply.trim().replace(/^(?:answer|final answer)\s*:\s*/i, '');
	if (findsNothing(text) || unfitAnswer(text, false, textsOf(state)) !== undefined) return undefined;
	return isSupported(text, evidence, state.request.query) ? { text } : undefined;
}
