import { head, type RunState } from '../../core/runState.ts';
import type { Ending } from '../../core/salvage.ts';
import { unlessEmpty } from '../../core/steps/step.ts';
import { begin } from '../begin.ts';
import { doesWithout } from '../noSandbox.ts';
import { kindOf } from './kind.ts';
import type { Plan, Work } from './plan.ts';
import { PLANS } from './plans.ts';

/**
 * Plans instead of a conversation, for models that are too small for one, and for questions of a known kind: a few short
 * calls with one task each, led by a program. An answer counts only if it rests on what one of them has shown.
 */
export async function guided(state: RunState): Promise<Ending | undefined> {
	const work: Work = { state };
	for (const plan of PLANS[await kindOf(state)]) {
		if (plan.runsCode && state.progress.lacksSandbox) continue;
		const ending = await follow(plan, work).catch((error: unknown) => {
			if (!doesWithout(state, error)) throw error;
			begin(state, 'guided', { kind: 'no-sandbox' });
			return undefined;
		});
		if (ending) return ending;
	}
	return undefined;
}

/** Takes the steps of a plan until one gives the answer. */
async function follow({ name, about, steps }: Plan, work: Work): Promise<Ending | undefined> {
	const { shared, place, progress, limits, work: signal } = work.state;
	shared.emitter.emit({ type: 'plan-start', ...head(place), plan: name, about });
	for (const step of steps) {
		await shared.emitter.room(signal);
		if (progress.iterations >= limits.iterations) return undefined;
		const final = await unlessEmpty(() => step(work));
		if (final) return { outcome: 'answered', final };
	}
	return undefined;
}
