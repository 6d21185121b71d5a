import type { Result } from '../run/results.ts';
import { type Interval, wilson } from './wilson.ts';

/** Figures of a group of results. */
export interface Figures {
	/** Tasks; repeats of one task are not counted again. */
	readonly tasks: number;
	readonly runs: number;
	/** Right answers. The repeats of a task count as one try, because they are not independent. */
	readonly accuracy: Interval;
	/** Mean score, 0 to 1. */
	readonly score: number;
	/** Runs that ended with an answer. */
	readonly answered: number;
	/** Runs that a judge gave no verdict on; they are in no other figure. */
	readonly ungraded: number;
	/** Prompt and completion tokens of all runs. */
	readonly tokens: number;
	/** Of one run, in the middle. */
	readonly medianTokens: number;
	/** Whether some of the tokens are estimates. */
	readonly isEstimate: boolean;
	/** USD of all runs; undefined when no price is known. */
	readonly costUsd?: number;
	/** Some prices are unknown, so that `costUsd` is a lower bound. */
	readonly isCostPartial: boolean;
	/** Of one run, in the middle. ms */
	readonly medianMs: number;
	readonly totalMs: number;
}

/** Figures of one mode with one model: all, by kind of task, and by size of context. */
export interface Contender {
	readonly mode: string;
	readonly model: string;
	readonly all: Figures;
	readonly byKind: ReadonlyMap<string, Figures>;
	/** By size class, see `sizeClass`. */
	readonly bySize: ReadonlyMap<number, Figures>;
}

/** An evaluation, summed up. */
export interface Summary {
	readonly contenders: readonly Contender[];
	readonly kinds: readonly string[];
	/** Size classes in order. Bytes. */
	readonly sizes: readonly number[];
	readonly tasks: number;
	/** Most repeats of a task. */
	readonly repeats: number;
	/** First and last day, as `2026-11-30`. */
	readonly days: readonly [first: string, last: string];
}

/** The power of four kilobytes (2, 8, 32, …) that a context belongs to: the nearest in ratio. Bytes. */
export function sizeClass(bytes: number): number {
	const steps = Math.max(0, Math.round(Math.log(Math.max(1, bytes) / 2048) / Math.log(4)));
	return 2048 * 4 ** steps;
}

/** Sums up results. Contenders are in the order of their first result, modes of one model together. */
export function summarise(results: readonly Result[]): Summary {
	const days = results.map(({ at }) => at.slice(0, 10)).sort();
	return {
		contenders: contendersOf(results),
		kinds: unique(results.map(({ kind }) => kind)),
		sizes: unique(results.map(({ bytes }) => sizeClass(bytes))).sort((a, b) => a - b),
		tasks: unique(results.map(({ task }) => task)).length,
		repeats: results.reduce((most, { repeat }) => Math.max(most, repeat), 0),
		days: [days[0] ?? '', days.at(-1) ?? ''],
	};
}

function contendersOf(results: readonly Result[]): readonly Contender[] {
	const models = unique(results.map(({ model }) => model));
	return models.flatMap((model) => {
		const ofModel = results.filter((result) => result.model === model);
		return unique(ofModel.map(({ mode }) => mode)).map((mode) => {
			const own = ofModel.filter((result) => result.mode === mode);
			return {
				mode,
				model,
				all: figuresOf(own),
				byKind: grouped(own, ({ kind }) => kind),
				bySize: grouped(own, ({ bytes }) => sizeClass(bytes)),
			};
		});
	});
}

function grouped<K>(results: readonly Result[], keyOf: (result: Result) => K): ReadonlyMap<K, Figures> {
	return new Map([...Map.groupBy(results, keyOf)].map(([key, group]) => [key, figuresOf(group)]));
}

/** The figures of a group of results. */
export function figuresOf(results: readonly Result[]): Figures {
	const graded = results.filter(({ ungraded }) => ungraded === undefined);
	const byTask = [...Map.groupBy(graded, ({ task }) => task).values()];
	const right = byTask.reduce((sum, runs) => sum + mean(runs.map(({ isCorrect }) => (isCorrect ? 1 : 0))), 0);
	const tokens = graded.map(({ promptTokens, completionTokens }) => promptTokens + completionTokens);
	const unpriced = graded.reduce((sum, { unpricedCalls }) => sum + unpricedCalls, 0);
	const calls = graded.reduce((sum, result) => sum + result.calls, 0);
	const isPriced = calls > 0 && unpriced < calls;
	return {
		tasks: byTask.length,
		runs: graded.length,
		accuracy: wilson(right, byTask.length),
		score: mean(graded.map(({ score }) => score)),
		answered: graded.filter(({ outcome }) => outcome === 'answered').length,
		ungraded: results.length - graded.length,
		tokens: sum(tokens),
		medianTokens: median(tokens),
		isEstimate: graded.some(({ isEstimate }) => isEstimate),
		...(isPriced ? { costUsd: sum(graded.map(({ costUsd }) => costUsd)) } : {}),
		isCostPartial: unpriced > 0,
		medianMs: median(graded.map(({ durationMs }) => durationMs)),
		totalMs: sum(graded.map(({ durationMs }) => durationMs)),
	};
}

function unique<T>(values: readonly T[]): T[] {
	return [...new Set(values)];
}

function sum(values: readonly number[]): number {
	return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
	return values.length === 0 ? 0 : sum(values) / values.length;
}

function median(values: readonly number[]): number {
	const ordered = [...values].sort((a, b) => a - b);
	const middle = ordered.length >> 1;
	const upper = ordered[middle] ?? 0;
	return ordered.length % 2 === 1 ? upper : ((ordered[middle - 1] ?? upper) + upper) / 2;
}
