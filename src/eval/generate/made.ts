import type { Gold, Grader, Recipe } from '../tasks/task.ts';
import type { LabelledLines } from './labelled.ts';
import type { Random } from './random.ts';

/** A generated task. */
export interface Made {
	readonly question: string;
	readonly gold: Gold;
	readonly grader: Grader;
	/** One file makes a text, several a folder. */
	readonly files: readonly { readonly path: string; readonly text: string }[];
}

/** What a generator works from. */
export interface MakeInput extends Recipe {
	readonly random: Random;
	/** Present when the recipe names a file of labelled lines. */
	readonly lines?: LabelledLines;
}

/** Makes tasks of one kind. */
export interface Generator {
	/** One sentence for people. */
	readonly about: string;
	/** Whether it takes labelled lines from a file. */
	readonly takesLabelled?: true;
	readonly make: (input: MakeInput) => Made;
}

/** A task over one text. */
export function oneText(text: string, rest: Omit<Made, 'files'>, path = 'text.txt'): Made {
	return { ...rest, files: [{ path, text }] };
}
