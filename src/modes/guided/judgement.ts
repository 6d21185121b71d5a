import type { QueryReply } from '../../core/ports/sandbox.ts';
import { isSmall } from '../../core/prompt/profiles.ts';
import type { RunState } from '../../core/runState.ts';
import { tell } from '../../core/steps/step.ts';
import { beginning } from './beginning.ts';
import { listedLabels } from './labels.ts';
import { announce, askLeaves, checkedValue, estimateOf, inWords, isAffordable, type Leaf } from './leaves.ts';

/** Records in one call: a small model judges one at a time. */
const [ONE, SOME, MOST] = [1, 20, 40];
/** Characters of the records of one call. */
const BATCH_CHARACTERS = 8_000;
/** Share of the records that may stay without a label. */
const FAILED_SHARE = 0.05;
const LABEL_TOKENS = 300;

/** The question that is asked of each record, and the answers that it may have. */
export interface Judgement {
	readonly ask: string;
	readonly answers: readonly string[];
}

/** Records with the answer that each got; undefined where the call gave none. */
export interface Judged {
	readonly records: readonly string[];
	readonly labels: readonly (string | undefined)[];
}

const SIMPLER = `A question about many records is answered in two steps: first one simple question is asked of each single record, then the answers are counted. Write the simple question about one record, and the two or more short answers that it can have.

Records: We waited two hours and nobody came. … Question: Which of the guests are angry? List their names.
{"ask": "Is this guest angry or not?", "answers": ["angry", "not angry"]}
Records: Who wrote Hamlet? … Question: How many of the questions ask for a place?
{"ask": "Does this question ask for a place or for something else?", "answers": ["a place", "something else"]}
Records: Please send me a new invoice. … Question: Are there more complaints than orders?
{"ask": "Is this message a complaint, an order, or something else?", "answers": ["complaint", "order", "something else"]}
Records: The new bridge opens in May. … Question: Which subject is the most frequent?
{"ask": "What is the subject of this text?", "answers": ["politics", "sports", "culture", "science", "business", "something else"]}
Records: The soup was cold. … Question: Which guests had a good evening?
{"ask": "Did this guest have a good or a bad evening?", "answers": ["good", "bad"]}`;

const JUDGEMENT = {
	type: 'object',
	properties: {
		// A question about one record, and not the question about all of them again.
		ask: {
			type: 'string',
			pattern: '^((Is|Was|Does|Did|Has) this|What is the (subject|kind|category|mood|purpose) of this) [^?]{3,120}[?]$',
		},
		answers: { type: 'array', items: { type: 'string', minLength: 1, maxLength: 40 }, minItems: 2, maxItems: 12 },
	},
	required: ['ask', 'answers'],
	additionalProperties: false,
} as const;

/** What is asked of each record: the labels that the text or the question lists, else what the model makes of the question. */
export async function judgementFor(state: RunState): Promise<Judgement | undefined> {
	const listed = listedLabels(state);
	if (listed.length > 1) return { ask: `${preamble(state, listed)}Which of these fits this record?`, answers: listed };
	const prompt = `Records: ${beginning(state)}\n…\nQuestion: ${state.request.query}`;
	const [reply] = await askLeaves(state, [{ system: SIMPLER, prompt, schema: JUDGEMENT, maxTokens: LABEL_TOKENS }]);
	const { ask = '', answers = [] } = checkedValue<Judgement>(reply) ?? {};
	const distinct = [...new Set(answers.map((answer) => answer.trim()))].filter((answer) => answer !== '');
	return distinct.length > 1 ? { ask, answers: distinct } : undefined;
}

/** What a text says of its labels, where its first line does. */
function preamble(state: RunState, listed: readonly string[]): string {
	const [first = ''] = beginning(state).split('\n');
	return listed.every((text) => first.includes(text)) ? `${first}\n` : '';
}

/** Asks for the label of each record. Undefined when that takes too many calls, or too many of them fail. */
export async function labelsOf(
	state: RunState,
	judgement: Judgement,
	records: readonly string[],
): Promise<Judged['labels'] | undefined> {
	const batches = batchesOf(state, records);
	const characters = records.reduce((sum, { length }) => sum + length, 0) + batches.length * judgement.ask.length;
	const estimate = estimateOf(state, batches.length, characters);
	if (!isAffordable(state, estimate)) {
		state.progress.isCutShort = true;
		tell(state, `To judge each of ${records.length} records takes ${inWords(estimate)}, more than the limits leave.`);
		return undefined;
	}
	announce(
		state,
		`Each of ${records.length} records is judged: ${judgement.ask.split('\n').at(-1)} (${judgement.answers.join(' / ')})`,
		estimate,
	);
	const labels = await labelled(state, judgement, batches);
	const failed = labels.flatMap((text, index) => (text === undefined ? [index] : []));
	const again = failed.length > 0 && batches.length < records.length ? failed : [];
	const second = await labelled(
		state,
		judgement,
		again.map((index) => [records[index] ?? '']),
	);
	again.forEach((index, at) => {
		labels[index] = second[at];
	});
	const missing = labels.filter((text) => text === undefined).length;
	if (missing > 0) tell(state, `${missing} of ${records.length} records could not be judged.`);
	return missing > FAILED_SHARE * records.length ? undefined : labels;
}

/** One record a call for a small model; for others, and where the calls would not suffice, several. */
function batchesOf({ sub, shared }: RunState, records: readonly string[]): string[][] {
	const needed = Math.ceil(records.length / Math.max(1, shared.budget.callsLeft * 0.8));
	const most = Math.min(MOST, Math.max(isSmall(sub) ? ONE : SOME, needed));
	const batches: string[][] = [];
	let characters = Number.POSITIVE_INFINITY;
	for (const record of records) {
		const last = batches.at(-1);
		if (!last || last.length >= most || characters + record.length > BATCH_CHARACTERS) {
			batches.push([record]);
			characters = record.length;
		} else {
			last.push(record);
			characters += record.length;
		}
	}
	return batches;
}

async function labelled(
	state: RunState,
	judgement: Judgement,
	batches: readonly (readonly string[])[],
): Promise<(string | undefined)[]> {
	if (batches.length === 0) return [];
	const replies = await askLeaves(
		state,
		batches.map((batch) => leafFor(judgement, batch)),
	);
	return batches.flatMap((batch, index) => labelsIn(replies[index], batch.length));
}

function leafFor({ ask, answers }: Judgement, batch: readonly string[]): Leaf {
	const [only = ''] = batch;
	if (batch.length === 1) return { prompt: `${ask}\n\n${only}`, choices: answers };
	const list = batch.map((record, index) => `${index + 1}. ${record}`).join('\n');
	const { length } = batch;
	const schema = { type: 'array', items: { enum: answers }, minItems: length, maxItems: length };
	return { prompt: `${ask}\n\n${list}\n\nAnswer for each of the ${length} records, in their order.`, schema };
}

function labelsIn(reply: QueryReply | undefined, length: number): (string | undefined)[] {
	const value = checkedValue<string | string[]>(reply) ?? Array.from({ length }, () => undefined);
	return typeof value === 'string' ? [value] : value;
}
