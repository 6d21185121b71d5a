import type { FinalAnswer } from '../../core/ports/sandbox.ts';
import type { RunState } from '../../core/runState.ts';

/** A run that follows plans, and what its steps leave for each other. */
export interface Work {
	readonly state: RunState;
	/** What `rows`, the records of the context in the REPL, look like; undefined before they are made. */
	rows?: string;
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
	/** Whether it suits the question. */
	readonly suits: (work: Work) => boolean;
	readonly steps: readonly PlanStep[];
}
