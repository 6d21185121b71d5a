import { count } from './count.ts';
import { iterative } from './iterative.ts';
import { locate } from './locate.ts';
import { mapReduce } from './mapReduce.ts';
import { parallel } from './parallel.ts';
import type { Plan } from './plan.ts';
import type { QuestionKind } from './question.ts';
import { table } from './table.ts';

/** The plans for each kind of question, in the order in which they are tried. A new plan is a file and its places here. */
export const PLANS: Readonly<Record<QuestionKind, readonly Plan[]>> = {
	fact: [locate, table, iterative],
	figure: [table, locate],
	judgement: [count, table, locate],
	comparison: [parallel, locate, table, iterative],
	overview: [mapReduce, locate, table],
};
