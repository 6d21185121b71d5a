import { statedAnswer } from '../../core/steps/program.ts';
import { type Judged, judgementFor, labelsOf } from './judgement.ts';
import type { Plan, PlanStep, Work } from './plan.ts';
import { label, recordsOf } from './records.ts';
import { COOL, program, WARM } from './table.ts';

/** Characters of a list of records that the answer may be read from, so that no program is needed. */
const SHORT_LIST = 1_400;

/** For judgements: every record gets a label by a call with a fixed choice; code counts and lists the labels. */
export const count: Plan = {
	name: 'count',
	about: 'It has the model judge each record by a fixed choice, and counts and lists what it said in code.',
	steps: [judge, readTally, labelled(COOL), labelled(WARM)],
};

/** Labels the records. It gives no answer of its own. */
async function judge(work: Work): Promise<undefined> {
	const { state } = work;
	const records = await recordsOf(work);
	if (records.length < 2) return undefined;
	const judgement = await judgementFor(state);
	if (!judgement) return undefined;
	const labels = await labelsOf(state, judgement, records);
	if (!labels) return undefined;
	work.judged = { records, labels };
	if (!state.progress.lacksSandbox) await label(work, judgement.answers, labels);
	return undefined;
}

/** The answer, read from the list of labelled records where that is short. */
async function readTally({ state, judged }: Work) {
	if (!judged) return undefined;
	const tally = tallyOf(state.request.query, judged);
	state.progress.evidence.push(tally);
	return tally.length > SHORT_LIST ? undefined : statedAnswer(state, tally, false);
}

/** A program over the labelled records, where there are some in a REPL. */
function labelled(temperature: number): PlanStep {
	const step = program(temperature);
	return async (work) => (work.judged && !work.state.progress.lacksSandbox ? step(work) : undefined);
}

/** How often each label was given, and the records of those that the question names, else of all. */
function tallyOf(question: string, { records, labels }: Judged): string {
	const names = [...new Set(labels)].filter((text) => text !== undefined);
	const groups = names.map((name) => ({ name, of: records.filter((_, index) => labels[index] === name) }));
	const counts = groups.map(({ name, of }) => `${name}: ${of.length}`).join('\n');
	const asked = groups.filter(({ name }) => question.toLowerCase().includes(name.toLowerCase()));
	const shown = asked.length > 0 ? asked : groups;
	const lists = shown.map(
		({ name, of }) => `These ${of.length} are "${name}":\n${of.map((record) => `- ${record}`).join('\n')}`,
	);
	return `${records.length} records were judged.\n${counts}\n\n${lists.join('\n\n')}`;
}
