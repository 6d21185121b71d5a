import { python } from './python.ts';

/** One step of a plan: a sentence or two, and the Python that does it. */
export interface Step {
	readonly words: string;
	readonly code: string;
}

/** The line at the end of every answer. */
export function engineNote(how: string): string {
	return `— built-in engine: no language model was used; ${how}`;
}

/** Python that hands in `report`, a list of lines, and ends it with the engine's line. */
export function handIn(note: string): string {
	return python({ note }, 'common.hand_in');
}
