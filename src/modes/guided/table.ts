import { runCell } from '../../core/cell.ts';
import { head } from '../../core/runState.ts';
import { runProgram } from '../../core/steps/program.ts';
import { tell } from '../../core/steps/step.ts';
import type { Plan, PlanStep, Work } from './plan.ts';

/** How warm the model is when it writes its first program, and its second. */
const [COOL, WARM] = [0.1, 0.7];

/** For figures: a program over the records of the context, mended by its error, its result stated by another call. */
export const table: Plan = {
	name: 'table',
	about: 'It makes records of the text and has a short program written over them.',
	runsCode: true,
	steps: [program(COOL), program(WARM)],
};

function program(temperature: number): PlanStep {
	return async (work) => {
		const rows = await recordsOf(work);
		return rows === undefined ? undefined : runProgram(work.state, rows, work.state.progress.tried, temperature);
	};
}

/** Makes `rows` of the context, once. Returns what they look like; undefined when they cannot be made. */
async function recordsOf(work: Work): Promise<string | undefined> {
	if (work.rows !== undefined) return work.rows;
	const { state } = work;
	const { stdout, error } = await runCell(state, head(state.place), 'rows = records()\nprint(overview(rows))');
	if (error) tell(state, `The context could not be read as records: ${error.message}`);
	else work.rows = stdout.trim();
	return work.rows;
}
