import type { LimitName } from './events.ts';
import { iterate } from './iteration.ts';
import type { RunState } from './runState.ts';
import { type Ending, salvage } from './salvage.ts';
import { readPassages } from './steps/read.ts';
import { tell, unlessEmpty } from './steps/step.ts';

/**
 * The recursive loop. The root model never sees the context. It writes Python, the code runs over the context and calls
 * other models on pieces of it, and the output goes back, until the code hands in an answer or a limit is reached.
 */
export async function explore(state: RunState): Promise<Ending> {
	void state.sandbox(); // starts while the model writes its first reply
	// Another mode may have had the first iterations.
	for (let index = state.progress.iterations + 1; index <= state.limits.iterations; index++) {
		// Events are held in memory until they are read, so a run goes no further than its reader can follow.
		await state.shared.emitter.room(state.work);
		const { final } = await iterate(state, { index, isSalvage: false });
		if (final) return { outcome: 'answered', final };
		const other = goesRound(state) ? await readInstead(state) : undefined;
		if (other) return other;
		const limit = reachedLimit(state);
		if (limit) return salvage(state, limit);
	}
	return salvage(state, 'iterations');
}

/** Replies in a row that the model has given before. */
const MOST_REPEATS = 3;

function goesRound({ progress, request }: RunState): boolean {
	return progress.repeats.inRow >= MOST_REPEATS && request.contexts.some(({ kind }) => kind !== 'json');
}

/** Another way for a model that only repeats itself: it reads the passages that fit the question. */
async function readInstead(state: RunState): Promise<Ending | undefined> {
	tell(state, 'The model repeats itself, so it reads the passages that fit the question best instead of writing code.');
	const final = await unlessEmpty(() => readPassages(state));
	return final && { outcome: 'answered', final };
}

/** Limits on iterations. Limits on calls are checked when a call reserves its budget. */
function reachedLimit({ limits, progress }: RunState): LimitName | undefined {
	if (progress.consecutiveErrors >= limits.consecutiveErrors) return 'errors';
	if (progress.emptyReplies >= limits.emptyReplies) return 'emptyReplies';
	return undefined;
}
