import { askPlan } from './askPlan.ts';
import { comparePlan } from './comparePlan.ts';
import type { ContextFacts } from './conversation.ts';
import { enumeratePlan } from './enumeratePlan.ts';
import { explainPlan } from './explainPlan.ts';
import { engineNote, handIn, type Step } from './plan.ts';
import { NOTHING_FOUND, python, subjectWords } from './python.ts';
import { isProper, type Question } from './question.ts';
import { summaryPlan } from './summaryPlan.ts';
import { surveyPlan } from './surveyPlans.ts';
import { asksForTable, tablePlan } from './tablePlan.ts';
import { wordGroups } from './vocabulary.ts';
import { wherePlan } from './wherePlan.ts';

/** The steps for a question over a context. */
function planFor(question: Question, context: ContextFacts): readonly Step[] {
	if (context.kind === 'json') return tablePlan(question, true);
	const isTable = /\.(?:csv|tsv)\b/i.test(context.label) || question.paths.some((path) => /\.(?:csv|tsv)$/i.test(path));
	const isWholeTable = /\.(?:csv|tsv)$/i.test(context.label) && question.kind !== 'where';
	if (isWholeTable || (isTable && asksForTable(question))) return tablePlan(question, false);
	const survey = surveyPlan(question);
	if (survey) return survey;
	switch (question.kind) {
		case 'count':
		case 'list':
		case 'largest':
			return isAboutWords(question) ? askPlan(question) : enumeratePlan(question);
		case 'where':
			return question.isPhrase || question.subjects.length === 0 ? askPlan(question) : wherePlan(question);
		case 'explain':
			if (question.subjects.length === 0 && question.paths.length > 0) return summaryPlan(question);
			return asksForName(question) ? explainPlan(question) : askPlan(question);
		case 'compare':
			return comparePlan(question);
		case 'summary':
			return summaryPlan(question);
		default:
			return askPlan(question);
	}
}

/** Whether a question is about one name and little else ("what does X do", "explain X"). */
function asksForName({ names, text }: Question): boolean {
	const [name = '', ...others] = names;
	if (name === '' || others.length > 0) return false;
	const rest = wordGroups(text.replace(name, ' ')).filter(
		([word = '']) => !/^(?:default|value|function|class|method|type|name)$/.test(word),
	);
	return rest.length <= (isProper(name) ? 0 : 1);
}

/** Whether a sentence states the count ("how many steps does it have"), so that nothing has to be counted. */
function isAboutWords({ topic, subjects, isPhrase, english }: Question): boolean {
	return !topic && (subjects.length === 0 || (isPhrase && !COUNTS_WORDS.test(english)));
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
	if (
		NAMED.has(question.kind) &&
		(question.kind === 'count' || question.topic?.isStrong || (!question.topic && !question.isPhrase))
	) {
		return absentStep(question);
	}
	const step = askPlan(question)[outputs.length - empty - 1];
	if (!step || outputs.length - empty > 1) return step;
	return { ...step, words: `That finds nothing, so I search by words instead. ${step.words}` };
}

/** Kinds of questions for which it is an answer that a name occurs nowhere. */
const NAMED: ReadonlySet<Question['kind']> = new Set(['count', 'list', 'largest', 'where', 'explain', 'compare']);

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
