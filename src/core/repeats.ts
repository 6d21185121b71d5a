import type { CellResult } from './ports/sandbox.ts';

/** A block that has run before. */
interface Earlier {
	readonly iteration: number;
	/** What it printed, or the error with which it failed. */
	readonly outcome: string;
	failures: number;
	runs: number;
	/** True as long as nothing has changed since that could make it do something else. */
	isCurrent: boolean;
	/** Whether it handed in an answer, which was refused. */
	readonly isFinal: boolean;
}

/** Times that a block may fail, and times that it may run to the same end. */
const MOST_RUNS = 2;
const SHOWN_CHARACTERS = 300;

/**
 * Recognises blocks that would only do again what they did before. A block may run again after another one has changed
 * variables, because then it may find something else, but it fails at most twice.
 */
export class Repeats {
	readonly #earlier = new Map<string, Earlier>();
	/** Repeated replies in a row. */
	inRow = 0;

	/** What the model is told instead of running the block; undefined when it may run. */
	refusal(code: string): string | undefined {
		const earlier = this.#earlier.get(keyOf(code));
		if (!earlier) return undefined;
		const { iteration, failures, runs, outcome, isCurrent } = earlier;
		if (!isCurrent && failures < MOST_RUNS && runs < MOST_RUNS) return undefined;
		const what = failures > 0 ? 'failed with' : 'gave';
		return `This is the block of iteration ${iteration} again. It was not run: it ${what} ${shown(outcome)}, and would again.`;
	}

	/** Notes how a block ended. What was cut off from outside may end otherwise the next time. */
	note(code: string, result: CellResult, iteration: number): void {
		if (result.restart) for (const other of this.#earlier.values()) other.isCurrent = false;
		if (result.restart || result.error?.type === 'KeyboardInterrupt' || result.error?.type === 'CallsRefused') return;
		const key = keyOf(code);
		const outcome = result.error ? `${result.error.type}: ${result.error.message}` : printed(result);
		const before = this.#earlier.get(key);
		const isSame = before?.outcome === outcome;
		if (!isSame) this.inRow = 0;
		const isNews = result.changed.length > 0;
		for (const other of this.#earlier.values()) {
			if (isNews || (other.isFinal && result.stdout !== '')) other.isCurrent = false;
		}
		this.#earlier.set(key, {
			iteration,
			outcome,
			failures: (before?.failures ?? 0) + (result.error ? 1 : 0),
			runs: isSame ? before.runs + 1 : 1,
			isCurrent: true,
			isFinal: result.final !== undefined,
		});
	}

	/** Whether one of these blocks has failed before. */
	hasFailed(blocks: readonly string[]): boolean {
		return blocks.some((code) => (this.#earlier.get(keyOf(code))?.failures ?? 0) > 0);
	}

	/** Whether any block so far holds a text. */
	hasUsed(text: string): boolean {
		return [...this.#earlier.keys()].some((code) => code.includes(text));
	}
}

function printed({ stdout, notices }: CellResult): string {
	return stdout.trim() || notices.join(' ');
}

function keyOf(code: string): string {
	return code
		.split('\n')
		.map((line) => line.trimEnd())
		.filter((line) => line !== '')
		.join('\n');
}

function shown(outcome: string): string {
	const line = outcome.replace(/\s+/g, ' ');
	if (line === '') return 'nothing';
	return line.length <= SHOWN_CHARACTERS ? line : `${line.slice(0, SHOWN_CHARACTERS)}…`;
}
