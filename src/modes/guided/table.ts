import { runProgram } from '../../core/steps/program.ts';
import type { Plan, PlanStep, Work } from './plan.ts';
import { makeRows } from './records.ts';

/** How warm the model is when it writes its first program, and its second. */
export const [COOL, WARM] = [0.1, 0.7];

/** For figures: a program over the records of the context, mended by its error, its result stated by another call. */
export const table: Plan = {
	name: 'table',
	about: 'It makes records of the text and has a short program written over them.',
	runsCode: true,
	steps: [program(COOL), program(WARM)],
};

/** A program over `rows`. */
export function program(temperature: number): PlanStep {
	return async (work) => {
		const rows = await rowsOf(work);
		return rows === undefined ? undefined : runProgram(work.state, rows, work.state.progress.tried, temperature);
	};
}

/** Makes `rows` of the context, once. Returns what they look like; undefined when they cannot be made. */
async function rowsOf(work: Work): Promise<string | undefined> {
	if (work.rows === undefined) await makeRows(work, 'rows = records()\nprint(overview(rows))');
	return work.rows;
}
