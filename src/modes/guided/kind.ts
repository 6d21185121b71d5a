import type { RunState } from '../../core/runState.ts';
import { beginning } from './beginning.ts';
import { listedLabels } from './labels.ts';
import { askLeaves, checkedValue } from './leaves.ts';
import { isComparison, isComputed, isOfMany, isOverview, type QuestionKind } from './question.ts';
import { isProse } from './shape.ts';
import { wordsNotIn } from './vocabulary.ts';

const [WRITTEN, JUDGED] = ['written', 'judged'] as const;

const EXPLAINED = `You are told how some records look and a question about them. Say how it is answered.
"${WRITTEN}": the answer follows from words, names or figures that stand in the records: search, count or compute.
"${JUDGED}": somebody has to read each record and judge what it means, because the records do not say it in these words.

Records: {"city": "Oslo", "kind": "hotel", "price": 120} … Question: How many hotels are in Oslo? ${WRITTEN}
Records: We waited two hours and nobody came. … Question: Which of the guests are angry? ${JUDGED}
Records: 10:00:07 WARN net: retry 1 … Question: How many warnings are there? ${WRITTEN}
Records: Who wrote Hamlet? … Question: How many of the questions ask for a place? ${JUDGED}
Records: {"student": "Ida", "points": 14} … Question: What is the average result of the students? ${WRITTEN}
Records: Please send me a new invoice. … Question: Which kind of request is the most frequent? ${JUDGED}`;

/** What a question asks for: by its words, and where these leave open whether records have to be judged, as the model says. */
export async function kindOf(state: RunState): Promise<QuestionKind> {
	const { query } = state.request;
	if (isComparison(query) && !isComputed(query)) return 'comparison';
	if (isOverview(query)) return 'overview';
	if (mayNeedJudging(state) && (await isJudged(state))) return 'judgement';
	return isComputed(query) ? 'figure' : 'fact';
}

/** Whether each record may have to be judged: only of sentences can that be asked. */
export function mayNeedJudging(state: RunState): boolean {
	const lines = beginning(state).split('\n');
	return isOfMany(state.request.query) && lines.length > 2 && isProse(lines);
}

/** Whether a question asks for a judgement: by words that the text does not have, and as the model says. */
async function isJudged(state: RunState): Promise<boolean> {
	if (listedLabels(state).length > 1) return true;
	const missing = await wordsNotIn(state);
	if (missing === undefined || missing.length === 0) return false;
	const prompt = `Records: ${beginning(state)}\n…\nQuestion: ${state.request.query}`;
	const [reply] = await askLeaves(state, [{ system: EXPLAINED, prompt, choices: [WRITTEN, JUDGED] }]);
	return checkedValue<string>(reply) === JUDGED;
}
