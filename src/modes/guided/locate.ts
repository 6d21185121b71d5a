import { readPassages } from '../../core/steps/read.ts';
import type { Plan } from './plan.ts';

/** For facts: the passages that fit the question are searched for, read, and the answer has to rest on them. */
export const locate: Plan = {
	name: 'locate',
	about: 'It searches for the passages that fit the question best and reads them.',
	steps: [({ state }) => readPassages(state)],
};
