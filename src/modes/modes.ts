import { isWholeShown } from '../core/evidence/coverage.ts';
import { explore } from '../core/explore.ts';
import type { Way } from '../core/modes.ts';
import type { RunState } from '../core/runState.ts';
import type { Ending } from '../core/salvage.ts';
import { type Choice, chooseModes, chooseWithoutSandbox } from './auto.ts';
import { begin } from './begin.ts';
import { direct } from './direct.ts';
import { guided } from './guided/guided.ts';
import { doesWithout } from './noSandbox.ts';
import { vote } from './vote/vote.ts';

/** Each mode: answers the question of a run, or returns undefined when it leads nowhere and another may be tried. */
const WAYS: Readonly<Record<Way, (state: RunState) => Promise<Ending | undefined>>> = {
	direct,
	guided,
	explore,
	vote,
};

/**
 * Answers the question of an open run: in the mode that was asked for or chosen, then in those that may help instead,
 * and without a sandbox in those that run no code.
 */
export async function answer(state: RunState): Promise<Ending> {
	try {
		return (await firstAnswer(state, chooseModes(state))) ?? unanswered(state);
	} catch (error) {
		if (!doesWithout(state, error)) throw error;
		return (await firstAnswer(state, chooseWithoutSandbox(state))) ?? unanswered(state);
	}
}

async function firstAnswer(state: RunState, choices: readonly Choice[]): Promise<Ending | undefined> {
	for (const { mode, reason } of choices) {
		begin(state, mode, reason);
		const ending = await WAYS[mode](state);
		if (ending) return ending;
	}
	return undefined;
}

/** A run that ends without an answer says what was done and what is missing. When all was read, that is the answer. */
function unanswered(state: RunState): Ending {
	const { progress, limits } = state;
	if (!progress.lacksSandbox && !progress.isCutShort && isWholeShown(state)) {
		const text = 'The text does not say this: the model was shown all of it, and no program found it.';
		return { outcome: 'answered', final: { text } };
	}
	const last = progress.lacksSandbox ? undefined : progress.tried.at(-1);
	const done = last === undefined ? '' : ` ${last}`;
	const code = progress.lacksSandbox ? 'code, which may find it, cannot run here' : 'no program found it';
	const text = `The context gave no answer to this: the passages that fit the question best do not say it, and ${code}.${done}`;
	const reason = progress.iterations >= limits.iterations ? 'iterations' : 'emptyReplies';
	return { outcome: 'partial', reason, final: { text } };
}
