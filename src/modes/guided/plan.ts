import type { FinalAnswer } from '../../core/ports/sandbox.ts';
import type { RunState } from '../../core/runState.ts';
import type { Judged } from './judgement.ts';

/** A run that follows plans, and what its steps leave for each other. */
export interface Work {
	readonly state: RunState;
	/** What `rows`, the records of the context in the REPL, look like; undefined before they are made. */
	rows?: string;
	/** Its records with the label that a model gave each. */
	judged?: Judged;
}

/** A step of a plan. Undefined when it gave no answer; then the next one is taken. */
export type PlanStep = (work: Work) => Promise<FinalAnswer | undefined>;

/** A way to an answer whose control flow is ours, and whose leaves are short calls with one task each. */
export interface Plan {
	readonly name: string;
	/** What it does, in one sentence for people. */
	readonly about: string;
	/** Its steps run code in the sandbox. */
	readonly runsCode?: true;
	readonly steps: readonly PlanStep[];
}
