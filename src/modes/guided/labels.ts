import type { RunState } from '../../core/runState.ts';
import { beginning } from './beginning.ts';

/** Characters of one label, and how many there may be. */
const LABEL = /(['"`‘“„«])([^'"`‘’“”„«»\n]{1,40})['"`’”“»]/g;
const MOST_LABELS = 36;
const NAMES_LABELS =
	/\b(?:labels?|categor\w+|class(?:es|ify|ified)?|kinds?|types?|groups?|topics?|sentiments?|kategorien?|klassen?)\b/i;

/**
 * The labels that a text or a question lists: `one of 3 categories: 'order', 'complaint', 'thanks'`. Empty when neither
 * does, or when the records hold them already.
 */
export function listedLabels(state: RunState): readonly string[] {
	const { query } = state.request;
	const lines = beginning(state).split('\n');
	const told = [query, ...lines]
		.filter((line) => NAMES_LABELS.test(line))
		.map(quotedIn)
		.find(({ length }) => length > 1);
	if (!told) return [];
	const records = lines.filter((line) => quotedIn(line).length < 2);
	const labelled = records.filter((line) => told.some((label) => line.includes(label)));
	return 2 * labelled.length > records.length ? [] : told;
}

function quotedIn(line: string): string[] {
	return [...new Set([...line.matchAll(LABEL)].map(([, , label = '']) => label.trim()))].slice(0, MOST_LABELS);
}
