import { comparePlan } from './comparePlan.ts';
import type { ContextFacts } from './conversation.ts';
import { enumeratePlan } from './enumeratePlan.ts';
import { explainPlan } from './explainPlan.ts';
import { engineNote, handIn, type Step } from './plan.ts';
import { NOTHING_FOUND, python, subjectWords } from './python.ts';
import type { Question } from './question.ts';
import { searchPlan } from './searchPlan.ts';
import { summaryPlan } from './summaryPlan.ts';
import { asksForTable, tablePlan } from './tablePlan.ts';
import { wherePlan } from './wherePlan.ts';

/** The steps for a question over a context. */
function planFor(question: Question, context: ContextFacts): readonly Step[] {
	if (context.kind === 'json') return tablePlan(question, true);
	const isTable = /\.(?:csv|tsv)\b/i.test(context.label) || question.paths.some((path) => /\.(?:csv|tsv)$/i.test(path));
	const isWholeTable = /\.(?:csv|tsv)$/i.test(context.label) && question.kind !== 'where';
	if (isWholeTable || (isTable && asksForTable(question))) return tablePlan(question, false);
	switch (question.kind) {
		case 'count':
		case 'list':
		case 'largest':
			return isAboutWords(question) ? searchPlan(question) : enumeratePlan(question);
		case 'where':
			return question.subjects.length === 0 ? searchPlan(question) : wherePlan(question);
		case 'explain':
			// "Explain src/run.ts": the file as a whole.
			return question.subjects.length === 0 && question.paths.length > 0
				? summaryPlan(question)
				: explainPlan(question);
		case 'compare':
			return comparePlan(question);
		case 'summary':
			return summaryPlan(question);
		case 'search':
			return searchPlan(question);
	}
}

/** Whether a sentence states the count ("how many steps does it have"), so that nothing has to be counted. */
function isAboutWords({ topic, subjects, isPhrase, text }: Question): boolean {
	return !topic && (subjects.length === 0 || (isPhrase && !COUNTS_WORDS.test(text)));
}

const COUNTS_WORDS =
	/\b(?:how often|how frequently|times|occurrences?|mentions?|mentioned|count|are there|exist|used|called)\b/i;

/**
 * The next step, given what the earlier ones printed. If a search for a name found nothing, the next one searches for
 * the words of the question; a name that occurs nowhere is an answer in itself.
 */
export function nextStep(question: Question, context: ContextFacts, outputs: readonly string[]): Step | undefined {
	const plan = planFor(question, context);
	const empty = outputs.findIndex((output) => output.split('\n').some((line) => line.startsWith(NOTHING_FOUND)));
	if (empty < 0 || empty >= plan.length) return plan[outputs.length];
	if (question.kind === 'count' || question.topic || !question.isPhrase) return absentStep(question);
	const step = searchPlan(question)[outputs.length - empty - 1];
	if (!step || outputs.length - empty > 1) return step;
	return { ...step, words: `Nothing is found by name, so I search by words instead. ${step.words}` };
}

/** Says that nothing was found, what was searched, and which names are close. */
function absentStep(question: Question): Step {
	const what = question.topic?.plural ?? subjectWords(question);
	const found = question.kind === 'count' ? `**0**: no ${what}` : `Nothing was found for ${what}`;
	return {
		words: 'The search found nothing. I look for names that come near and say what was searched.',
		code: [
			python({ subjects: question.subjects, what: found }, 'absent.report'),
			handIn(engineNote('it was searched by patterns of lines.')),
		].join('\n'),
	};
}
