import { isWholeShown } from '../core/evidence/coverage.ts';
import { explore } from '../core/explore.ts';
import type { Way } from '../core/modes.ts';
import { head, type RunState } from '../core/runState.ts';
import type { Ending } from '../core/salvage.ts';
import { type Choice, chooseModes } from './auto.ts';
import { direct } from './direct.ts';
import { guided } from './guided/guided.ts';
import { vote } from './vote/vote.ts';

/** Each mode: answers the question of a run, or returns undefined when it leads nowhere and another may be tried. */
const WAYS: Readonly<Record<Way, (state: RunState) => Promise<Ending | undefined>>> = {
	direct,
	guided,
	explore,
	vote,
};

/** Answers the question of an open run: in the mode that was asked for or chosen, then in those that may help instead. */
export async function answer(state: RunState): Promise<Ending> {
	for (const choice of chooseModes(state)) {
		begin(state, choice);
		const ending = await WAYS[choice.mode](state);
		if (ending) return ending;
	}
	return unanswered(state);
}

function begin({ shared, place, progress }: RunState, { mode, reason }: Choice): void {
	progress.mode = mode;
	shared.emitter.emit({ type: 'mode-start', ...head(place), mode, reason });
}

/** A run that ends without an answer says what was done and what is missing. When all was read, that is the answer. */
function unanswered(state: RunState): Ending {
	const { progress, limits } = state;
	if (isWholeShown(state)) {
		const text = 'The text does not say this: the model was shown all of it, and no program found it.';
		return { outcome: 'answered', final: { text } };
	}
	const last = progress.tried.at(-1);
	const done = last === undefined ? '' : ` ${last}`;
	const text = `The context gave no answer to this: the passages that fit the question best do not say it, and no program found it.${done}`;
	const reason = progress.iterations >= limits.iterations ? 'iterations' : 'emptyReplies';
	return { outcome: 'partial', reason, final: { text } };
}
