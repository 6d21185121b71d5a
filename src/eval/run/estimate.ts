import type { Price } from '../../core/ports/model.ts';
import type { Task } from '../tasks/task.ts';

/** A number between two ends, both included. */
export interface Range {
	readonly least: number;
	readonly most: number;
}

/** A model as far as an estimate needs it. */
export interface EstimatedModel {
	/** Tokens of the served window. */
	readonly contextTokens: number;
	/** Absent: unknown. */
	readonly price?: Price;
}

/** What an evaluation will take, roughly. */
export interface Estimate {
	readonly runs: number;
	/** Requests to models. */
	readonly calls: Range;
	/** Prompt and completion tokens. */
	readonly tokens: Range;
	/** From a fast server to every run reaching its time limit. */
	readonly minutes: Range;
	/** USD, at most about; undefined when no price is known. */
	readonly costUsd?: number;
	/** Some model has an unknown price, so that it may cost more. */
	readonly isCostPartial: boolean;
}

/** Calls of a run, as evaluations have shown them. Modes that are not listed are like `explore`. */
const CALLS: Readonly<Record<string, Range>> = {
	direct: { least: 1, most: 1 },
	'files-agent': { least: 2, most: 10 },
	explore: { least: 2, most: 15 },
};
const LOOP_CALLS: Range = { least: 2, most: 15 };
/** Tokens of the prompt of a call that explores, and of a reply. */
const LOOP_PROMPT: Range = { least: 2_000, most: 8_000 };
const COMPLETION: Range = { least: 50, most: 500 };
const BYTES_PER_TOKEN = 4;
/** Tokens per second of a fast server, prompts read and replies written. */
const FAST = { prompt: 5_000, completion: 100 };
/** Bytes of a context whose size is not known before it is read. */
const UNKNOWN_BYTES = 32 * 1024;

interface Use {
	readonly calls: Range;
	readonly prompt: Range;
	readonly completion: Range;
}

/** Estimates an evaluation before it runs. @param taskMs limit of a run, ms */
export function estimateEvaluation(
	plan: { readonly tasks: readonly Task[]; readonly modes: readonly string[]; readonly repeats: number },
	models: readonly EstimatedModel[],
	taskMs: number,
): Estimate {
	const { tasks, modes, repeats } = plan;
	const uses = models.map((model) => tasks.flatMap((task) => modes.map((mode) => useOf(mode, bytesOf(task), model))));
	const all = uses.flat();
	const total = (pick: (use: Use) => Range): Range => ({
		least: repeats * sum(all.map((use) => pick(use).least)),
		most: repeats * sum(all.map((use) => pick(use).most)),
	});
	const [prompt, completion] = [total((use) => use.prompt), total((use) => use.completion)];
	const runs = all.length * repeats;
	const costs = models.map(({ price }, index) => price && costOf(price, uses[index] ?? []) * repeats);
	const known = costs.filter((cost) => cost !== undefined);
	return {
		runs,
		calls: total((use) => use.calls),
		tokens: { least: prompt.least + completion.least, most: prompt.most + completion.most },
		minutes: {
			least: (prompt.least / FAST.prompt + completion.least / FAST.completion) / 60,
			most: (runs * taskMs) / 60_000,
		},
		...(known.length > 0 ? { costUsd: sum(known) } : {}),
		isCostPartial: known.length < costs.length,
	};
}

function bytesOf(task: Task): number {
	if ('generate' in task) return task.generate.bytes;
	return 'text' in task.context ? task.context.text.length : UNKNOWN_BYTES;
}

function useOf(mode: string, bytes: number, { contextTokens }: EstimatedModel): Use {
	const calls = CALLS[mode] ?? LOOP_CALLS;
	const completion = times(calls, COMPLETION);
	if (mode !== 'direct') return { calls, prompt: times(calls, LOOP_PROMPT), completion };
	const prompt = Math.min(bytes / BYTES_PER_TOKEN, contextTokens);
	return { calls, prompt: { least: prompt, most: prompt }, completion };
}

function times(a: Range, b: Range): Range {
	return { least: a.least * b.least, most: a.most * b.most };
}

function costOf({ promptUsd, completionUsd }: Price, uses: readonly Use[]): number {
	const tokens = (pick: (use: Use) => Range) => sum(uses.map((use) => pick(use).most));
	return (tokens((use) => use.prompt) * promptUsd + tokens((use) => use.completion) * completionUsd) / 1_000_000;
}

function sum(values: readonly number[]): number {
	return values.reduce((total, value) => total + value, 0);
}
