import { locate } from './locate.ts';
import type { Plan, Work } from './plan.ts';
import { table } from './table.ts';

/** Every plan. Where several suit a question, the first goes first; those that do not suit it come last. */
const PLANS: readonly Plan[] = [table, locate];

/** The plans for a question, in the order in which they are tried. */
export function plansFor(work: Work): readonly Plan[] {
	const suiting = PLANS.filter((plan) => plan.suits(work));
	return [...suiting, ...PLANS.filter((plan) => !suiting.includes(plan))];
}
