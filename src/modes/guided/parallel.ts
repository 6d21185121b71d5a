import type { Context } from '../../core/ports/context.ts';
import type { FinalAnswer } from '../../core/ports/sandbox.ts';
import type { RunState } from '../../core/runState.ts';
import { answerFrom, passagesFor, shownPassages } from '../../core/steps/read.ts';
import { takeStep } from '../../core/steps/step.ts';
import { announce, askLeaves, estimateOf, isAffordable } from './leaves.ts';
import type { Plan, Work } from './plan.ts';

/** Parts that can be compared. */
const MOST_PARTS = 12;
const PART_TOKENS = 250;
const ANSWER_TOKENS = 500;

/** For comparisons: the same question to each part or about each subject, and the answers side by side. */
export const parallel: Plan = {
	name: 'parallel',
	about: 'It asks the same of each part or subject, and compares the answers.',
	steps: [compare],
};

/** Something that is compared: its name, where it is looked for, and with which words. */
interface Part {
	readonly name: string;
	readonly contexts: readonly Context[];
	readonly query: string;
}

const OF_PART =
	'You get passages of a text and a question that compares several things. Say only what the passages tell about the one that is named: what matters for the question, with names, figures and places, in one to three sentences. If they say nothing about it, reply only: NOT FOUND';
const COMPARE =
	'You get a question that compares several things, and what was found about each of them. Answer the question: say what they have in common and how they differ, as far as it is asked, with the names and figures that were found. Say so where nothing was found.';

async function compare({ state }: Work): Promise<FinalAnswer | undefined> {
	const parts = partsOf(state);
	if (parts.length < 2) return undefined;
	const shown: { readonly name: string; readonly passages: string }[] = [];
	for (const { name, contexts, query } of parts) {
		shown.push({ name, passages: shownPassages(await passagesFor(state, query, contexts)) });
	}
	const characters = shown.reduce((sum, { passages }) => sum + passages.length, 0);
	const estimate = estimateOf(state, shown.length, characters);
	if (!isAffordable(state, estimate)) return undefined;
	announce(state, `${shown.length} parts are asked the same`, estimate);
	const { query } = state.request;
	const replies = await askLeaves(
		state,
		shown.map(({ name, passages }) => ({
			system: OF_PART,
			prompt: `${passages}\n\nQuestion: ${query}\nSay what the passages tell about: ${name}`,
			maxTokens: PART_TOKENS,
		})),
	);
	const found = shown.map(({ name }, index) => {
		const reply = replies[index];
		return `## ${name}\n${!reply || reply.failure !== undefined ? 'It could not be read.' : reply.text.trim()}`;
	});
	const evidence = found.join('\n\n');
	state.progress.evidence.push(`${shown.map(({ passages }) => passages).join('\n\n')}\n\n${evidence}`);
	const messages = [
		{ role: 'system' as const, content: COMPARE },
		{ role: 'user' as const, content: `${evidence}\n\nQuestion: ${query}` },
	];
	const step = { messages, completionTokens: ANSWER_TOKENS, temperature: 0 };
	return takeStep(state, step, async ({ text }) => answerFrom(state, text, state.progress.evidence.at(-1) ?? ''));
}

/** What is compared: files that the question names, else its subjects, else all contexts or files where they are few. */
function partsOf(state: RunState): readonly Part[] {
	const { query, contexts } = state.request;
	const named = (query.match(/[\p{L}\p{N}_./-]+\.\w+/gu) ?? []).flatMap((name) =>
		state.corpus.resolvePaths(name).slice(0, 1),
	);
	const paths = [...new Set(named)];
	if (paths.length > 1)
		return paths.slice(0, MOST_PARTS).map((path) => ({ name: path, contexts: only(contexts, path), query }));
	const subjects = subjectsOf(query);
	if (subjects.length > 1)
		return subjects.map((name) => ({ name, contexts, query: `${name} ${rest(query, subjects)}` }));
	if (contexts.length > 1)
		return contexts.slice(0, MOST_PARTS).map((context) => ({ name: context.label, contexts: [context], query }));
	const files = contexts.flatMap((context) => (context.kind === 'json' ? [] : context.files));
	if (files.length > MOST_PARTS) return [];
	return files.map(({ path }) => ({ name: path, contexts: only(contexts, path), query }));
}

/** One file of the contexts. */
function only(contexts: readonly Context[], path: string): Context[] {
	return contexts.flatMap((context) => {
		if (context.kind === 'json') return [];
		const files = context.files.filter((file) => file.path === path);
		return files.length === 0 ? [] : [{ ...context, files }];
	});
}

const SUBJECTS = [
	/\b(?:between|zwischen)\s+(.+?)\s+(?:and|und)\s+(.+?)(?=[?.,;:]|\s+(?:in|of|with|for|on|when|regarding|is|are|has|have|do|does|bei|in|von)\b|$)/i,
	/\b(?:compare|vergleiche)\s+(.+?)\s+(?:and|with|to|und|mit)\s+(.+?)(?=[?.,;:]|\s+(?:in|of|by|for|on|regarding|bei)\b|$)/i,
	/\b(?:do|does|did|is|are|was|were|how)\s+(.+?)\s+(?:and|und)\s+(.+?)\s+(?:differ|compare|have|both)\b/i,
	/([\p{L}\p{N}_-]+)\s+(?:versus|vs\.?)\s+([\p{L}\p{N}_-]+)/iu,
];

/** The two subjects that a question compares. */
function subjectsOf(question: string): readonly string[] {
	for (const pattern of SUBJECTS) {
		const found = pattern.exec(question);
		if (found) return found.slice(1, 3).map((subject) => subject.replace(/^(?:the|a|an|der|die|das)\s+/i, '').trim());
	}
	return [];
}

/** A question without its subjects: what is asked of them. */
function rest(question: string, subjects: readonly string[]): string {
	return subjects.reduce((text, subject) => text.replace(subject, ' '), question);
}
