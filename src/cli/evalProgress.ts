import { formatCount, formatDuration } from '../core/figures.ts';
import { oneLine } from '../core/printable.ts';
import type { Estimate, Range } from '../eval/run/estimate.ts';
import type { Job } from '../eval/run/evaluate.ts';
import type { Result } from '../eval/run/results.ts';
import { plural } from './format.ts';

/** Says that a run of an evaluation begins. */
export function startLine({ task, mode, model, repeat }: Job): string {
	return `… ${nameOf({ task: task.id, mode, model: model.label, repeat })}`;
}

/** Says how a run of an evaluation went: `[3/36] needle-2k-1 explore qwen: right · 2 calls · 1.3k tokens · 12 s`. */
export function progressLine(result: Result, done: number, total: number): string {
	const { outcome, reason, promptTokens, completionTokens, calls, durationMs } = result;
	const figures = [
		outcome === 'answered' ? undefined : `${outcome}${reason === undefined ? '' : ` (${oneLine(reason)})`}`,
		plural(calls, 'call'),
		`${formatCount(promptTokens + completionTokens)} tokens`,
		formatDuration(durationMs),
	];
	const parts = [verdictOf(result), ...figures].filter((part) => part !== undefined);
	return `[${done}/${total}] ${nameOf(result)}: ${parts.join(' · ')}`;
}

function verdictOf({ isCorrect, score, note, ungraded }: Result): string {
	if (ungraded !== undefined) return 'no verdict';
	if (isCorrect) return 'right';
	return `wrong${score > 0 ? ` (score ${score.toFixed(2)})` : ''}${note === '' ? '' : `, ${oneLine(note)}`}`;
}

function nameOf({ task, mode, model, repeat }: Pick<Result, 'task' | 'mode' | 'model' | 'repeat'>): string {
	return `${oneLine(task)} ${mode} ${oneLine(model)}${repeat > 1 ? ` (repeat ${repeat})` : ''}`;
}

/** Says what an evaluation will take: `24 runs · 24 to 192 calls · 96k to 1.5M tokens · 2 to 48 minutes · at most about $0.30`. */
export function estimateText({ runs, calls, tokens, minutes, costUsd, isCostPartial }: Estimate): string {
	const cost = costUsd === undefined ? 'cost unknown' : `at most about $${costUsd.toPrecision(2)}`;
	const more = isCostPartial && costUsd !== undefined ? ' and what models without a price cost' : '';
	const parts = [`${rangeText(calls)} calls`, `${rangeText(tokens)} tokens`, `${rangeText(minutes)} minutes`];
	return [plural(runs, 'run'), ...parts, cost + more].join(' · ');
}

function rangeText({ least, most }: Range): string {
	const [from, to] = [formatCount(Math.ceil(least)), formatCount(Math.ceil(most))];
	return from === to ? from : `${from} to ${to}`;
}
