import type { Passage } from '../../core/ports/context.ts';
import type { FinalAnswer } from '../../core/ports/sandbox.ts';
import { readMessages } from '../../core/prompt/steps.ts';
import type { RunState } from '../../core/runState.ts';
import { answerFrom, passagesFor, shownPassages } from '../../core/steps/read.ts';
import { takeStep, tell } from '../../core/steps/step.ts';
import { askLeaves, checkedValue } from './leaves.ts';
import type { Plan } from './plan.ts';

/** Times that it searches with other words. */
const MOST_ROUNDS = 3;
/** Other words in one round, and passages that are kept from earlier ones. */
const [MOST_WORDS, KEPT] = [6, 3];
const WORDS_TOKENS = 200;
const ANSWER_TOKENS = 200;
/** Characters of passages that are shown when other words are asked for. */
const SHOWN = 1_500;

/** For facts that the words of the question do not find: asks what is missing, searches for that, and reads on. */
export const iterative: Plan = {
	name: 'iterative',
	about: 'It asks what is missing, searches for that with other words, and reads on.',
	steps: [
		async ({ state }) => {
			const known: Passage[] = [...(await passagesFor(state, state.request.query))];
			for (let round = 0; round < MOST_ROUNDS; round++) {
				const answer = await readOn(state, known);
				if (answer === 'nothing new') return undefined;
				if (answer) return answer;
			}
			return undefined;
		},
	],
};

const WORDS = {
	type: 'object',
	properties: {
		missing: { type: 'string', maxLength: 200 },
		words: { type: 'array', items: { type: 'string', minLength: 2, maxLength: 40 }, minItems: 1, maxItems: MOST_WORDS },
	},
	required: ['missing', 'words'],
	additionalProperties: false,
} as const;

const ASK_WORDS = `A text was searched for the answer to a question, and the passages that were found do not give it yet. Say in one sentence what is missing, and give other words to search for: synonyms, names from the passages, and words that the passage with the answer is likely to have.

Passages: The keeper of the north tower writes the report. Question: Who wrote the report?
{"missing": "the name of the keeper of the north tower", "words": ["keeper", "north tower", "lighthouse"]}
Passages: Stores close at six. Question: What does shipping cost?
{"missing": "the price of shipping", "words": ["delivery", "postage", "freight", "fee"]}`;

/** One round: other words, what they find, and the question about it. */
async function readOn(state: RunState, known: Passage[]): Promise<FinalAnswer | 'nothing new' | undefined> {
	const { query } = state.request;
	const prompt = `Passages: ${shownPassages(known).slice(0, SHOWN)}\nQuestion: ${query}`;
	const leaf = { system: ASK_WORDS, prompt, schema: WORDS, maxTokens: WORDS_TOKENS };
	const [reply] = await askLeaves(state, [leaf]);
	const told = checkedValue<{ readonly missing: string; readonly words: readonly string[] }>(reply);
	if (!told) return 'nothing new';
	const { missing, words } = told;
	const fresh = (await passagesFor(state, words.join(' '))).filter(
		(passage) => !known.some((old) => isSame(old, passage)),
	);
	if (fresh.length === 0) return 'nothing new';
	tell(state, `Missing: ${missing}. It searches for ${words.join(', ')}.`);
	const shown = [...fresh, ...known.slice(0, KEPT)];
	known.unshift(...fresh);
	const passages = shownPassages(shown);
	state.progress.evidence.push(passages);
	const step = { messages: readMessages(query, passages), completionTokens: ANSWER_TOKENS, temperature: 0 };
	return takeStep(state, step, async ({ text }) => answerFrom(state, text, passages));
}

function isSame(one: Passage, other: Passage): boolean {
	return one.path === other.path && one.line === other.line;
}
