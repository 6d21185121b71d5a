import { formatCount, formatDuration } from '../../core/figures.ts';
import type { Crossover } from './crossover.ts';
import type { Figures } from './summary.ts';
import type { Interval } from './wilson.ts';

/** `63 %` */
export function percent(share: number): string {
	return `${Math.round(share * 100)} %`;
}

/** `63 % (48–76)`: a share with its interval of 95 %. */
export function intervalText({ share, low, high }: Interval): string {
	return `${percent(share)} (${Math.round(low * 100)}–${Math.round(high * 100)})`;
}

/** `2 KB`, `512 KB`, `2 MB` */
export function sizeText(bytes: number): string {
	const kilobytes = Math.round(bytes / 1024);
	return kilobytes < 1024 ? `${kilobytes} KB` : `${Math.round(kilobytes / 1024)} MB`;
}

/** `$0.012`, with `≥` for a lower bound; `-` when no price is known. */
function costText({ costUsd, isCostPartial }: Pick<Figures, 'costUsd' | 'isCostPartial'>): string {
	if (costUsd === undefined) return '-';
	const amount = costUsd === 0 ? '0' : costUsd >= 1 ? costUsd.toFixed(2) : costUsd.toPrecision(2);
	return `${isCostPartial ? '≥ ' : ''}$${amount}`;
}

/** Headings of the table of contenders, and what a row says. */
export const FIGURE_HEADINGS = ['tasks', 'right (95 %)', 'score', 'answered', 'tokens', 'cost', 'time'] as const;

/** The cells below `FIGURE_HEADINGS`. Tokens and time are those of one run, in the middle; the cost is that of all. */
export function figureCells(figures: Figures): readonly string[] {
	return [
		String(figures.tasks),
		intervalText(figures.accuracy),
		figures.score.toFixed(2),
		`${figures.answered} of ${figures.runs}`,
		`${figures.isEstimate ? '~' : ''}${formatCount(Math.round(figures.medianTokens))}`,
		costText(figures),
		formatDuration(figures.medianMs),
	];
}

/** A crossover in one sentence. */
export function crossoverText({ mode, model, fromBytes, isClear, sizes }: Crossover): string {
	if (sizes.length === 0) return `${model}: ${mode} and direct have no size of context in common.`;
	if (fromBytes === undefined) return `${model}: ${mode} is at no size from which on it is better than a direct call.`;
	const doubt = isClear ? '' : ' (the intervals overlap, so this may be chance)';
	return `${model}: ${mode} is better than a direct call from ${sizeText(fromBytes)} on${doubt}.`;
}
