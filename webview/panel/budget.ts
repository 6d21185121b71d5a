import { html, nothing, type TemplateResult } from 'lit';
import { formatCount, formatDuration } from '../../src/core/figures.ts';
import type { RunNode, RunTree } from '../../src/core/tree.ts';
import { t } from '../shared/l10n.ts';
import { iterationsOf } from './nodeTexts.ts';

interface Share {
	readonly name: string;
	readonly used: number;
	readonly max: number;
	readonly text: string;
}

/** Share from which a limit counts as near. */
const NEAR = 0.8;

/** Draws how much of a run's limits is used, as bars. @param now ms since the epoch */
export function budgetBars(tree: RunTree, run: RunNode, now: number): TemplateResult {
	return html`<div class="budget">${sharesOf(tree, run, now).map(bar)}</div>`;
}

function sharesOf(tree: RunTree, run: RunNode, now: number): Share[] {
	const { limits, subtree } = run;
	const iterations = iterationsOf(tree, run);
	const calls = callsOf(tree);
	const tokens = subtree.usage.promptTokens + subtree.usage.completionTokens;
	const elapsedMs = Math.max(0, (run.endedAt ?? now) - run.startedAt);
	const of = (used: number | string, max: number | string) => t('{0} of {1}', used, max);
	const share = (name: string, used: number, max: number, text = of(formatCount(used), formatCount(max))): Share => ({
		name,
		used,
		max,
		text,
	});
	return [
		share(t('Iterations'), iterations, limits.iterations),
		share(t('Sub-calls'), calls, limits.calls),
		share(t('Tokens'), tokens, limits.tokens),
		share(t('Cost'), subtree.costUsd, limits.costUsd, of(`$${subtree.costUsd.toFixed(3)}`, `$${limits.costUsd}`)),
		share(t('Time'), elapsedMs, limits.durationMs, of(formatDuration(elapsedMs), formatDuration(limits.durationMs))),
	];
}

function callsOf(tree: RunTree): number {
	let calls = 0;
	for (const node of tree.nodes.values()) if (node.kind === 'call') calls++;
	return calls;
}

function bar({ name, used, max, text }: Share): TemplateResult {
	const share = max > 0 ? Math.min(1, used / max) : 0;
	return html`<span class="budget-name">${name}</span>
		<meter class=${share >= NEAR ? 'near' : nothing} min="0" max="1" .value=${share} aria-label=${name}>${text}</meter>
		<span class="budget-text">${text}</span>`;
}
