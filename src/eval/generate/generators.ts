import { InputError } from '../../core/errors.ts';
import { present } from '../../core/present.ts';
import type { Recipe } from '../tasks/task.ts';
import { code, codeDiff } from './code.ts';
import type { LabelledLines } from './labelled.ts';
import type { Generator, Made } from './made.ts';
import { aggregate, count, pairs } from './messages.ts';
import { absent, longOutput, multiNeedle, needle } from './needles.ts';
import { Random } from './random.ts';
import { log, table } from './records.ts';

/** Every kind of task that can be generated. */
export const GENERATORS: Readonly<Record<string, Generator>> = {
	needle,
	'multi-needle': multiNeedle,
	absent,
	count,
	aggregate,
	pairs,
	table,
	log,
	code,
	'code-diff': codeDiff,
	'long-output': longOutput,
};

export const GENERATED_KINDS = Object.keys(GENERATORS);

/** @throws InputError for a kind that does not exist */
export function generatorOf(kind: string): Generator {
	const generator = Object.hasOwn(GENERATORS, kind) ? GENERATORS[kind] : undefined;
	if (generator) return generator;
	throw new InputError(`there is no generator "${kind}"`, `There are: ${GENERATED_KINDS.join(', ')}.`);
}

/**
 * Makes a task from its recipe: the same bytes on every machine.
 * @param lines of the recipe's labelled file
 * @throws InputError for an unknown kind, or one that takes no labelled lines
 */
export function generate(recipe: Recipe, lines?: LabelledLines): Made {
	const generator = generatorOf(recipe.kind);
	if (recipe.labelled !== undefined && !generator.takesLabelled) {
		const takers = GENERATED_KINDS.filter((kind) => GENERATORS[kind]?.takesLabelled).join(', ');
		throw new InputError(`tasks of the kind "${recipe.kind}" take no labelled lines`, `These do: ${takers}.`);
	}
	const random = new Random(`${recipe.kind}/${recipe.bytes}/${recipe.seed}`);
	return generator.make(present({ ...recipe, random, lines }));
}
