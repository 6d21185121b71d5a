import { l10n } from 'vscode';
import type { Totals } from '../core/events.ts';
import { formatCost, formatCount } from '../core/figures.ts';

/** Formats the cost of a run, also when no price is known. Free calls cost `$0`. */
export function costText(totals: Totals): string {
	const isFree = totals.costUsd === 0 && totals.unpricedCalls === 0;
	return isFree ? '$0' : (formatCost(totals) ?? l10n.t('price unknown'));
}

/** Formats tokens as `1.3k tokens`, with `~` for an estimate; undefined when there are none. */
export function tokensText({ usage }: Totals): string | undefined {
	const tokens = usage.promptTokens + usage.completionTokens;
	return tokens === 0 ? undefined : l10n.t('{0} tokens', `${usage.isEstimate ? '~' : ''}${formatCount(tokens)}`);
}
