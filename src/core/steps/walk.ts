import { runCell } from '../cell.ts';
import type { LimitName } from '../events.ts';
import type { FinalAnswer } from '../ports/sandbox.ts';
import { head, type RunState } from '../runState.ts';
import type { Ending } from '../salvage.ts';
import { runProgram } from './program.ts';
import { isComputed } from './question.ts';
import { readPassages } from './read.ts';
import { tell, unlessEmpty } from './step.ts';

/** How warm the model is when it writes its first program, and its second. */
const TEMPERATURES = [0.1, 0.7] as const;

/** One way to an answer. Undefined when it led nowhere. */
type Way = () => Promise<FinalAnswer | undefined>;

/**
 * The loop for models that are too small for a conversation over many iterations: a few short calls with one task each.
 * Facts are read from the passages that fit the question, figures come from a program, and an answer counts only if it
 * rests on what one of them has shown.
 */
export async function walk(state: RunState): Promise<Ending> {
	const tried: string[] = [];
	let data: string | undefined;
	const program =
		(temperature: number): Way =>
		async () => {
			data ??= await loadRows(state);
			return data === undefined ? undefined : runProgram(state, data, tried, temperature);
		};
	const read: Way = () => readPassages(state);
	const [first, second] = TEMPERATURES;
	const ways = isComputed(state.request.query)
		? [program(first), program(second), read]
		: [read, program(first), program(second)];
	for (const way of ways) {
		await state.shared.emitter.room(state.work);
		if (state.progress.iterations >= state.limits.iterations) return unanswered(tried, 'iterations');
		const final = await unlessEmpty(way);
		if (final) return { outcome: 'answered', final };
	}
	return unanswered(tried, 'emptyReplies');
}

/** Makes `rows` of the context. Returns what they look like; undefined when they cannot be made. */
async function loadRows(state: RunState): Promise<string | undefined> {
	const { stdout, error } = await runCell(state, head(state.place), 'rows = records()\nprint(overview(rows))');
	if (error) tell(state, `The context could not be read as records: ${error.message}`);
	return error ? undefined : stdout.trim();
}

/** A walk that ends without an answer says what was done and what is missing. */
function unanswered(tried: readonly string[], reason: LimitName): Ending {
	const last = tried.at(-1);
	const done = last === undefined ? '' : ` ${last}`;
	const text = `The context gave no answer to this: the passages that fit the question best do not say it, and no program found it.${done}`;
	return { outcome: 'partial', reason, final: { text } };
}
