import { formatCount, formatDuration } from '../core/figures.ts';
import { oneLine } from '../core/printable.ts';
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
