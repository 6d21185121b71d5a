import { l10n } from 'vscode';
import type { Totals } from '../core/events.ts';
import { formatCost } from '../core/figures.ts';

/** What a run cost; says so when no price is known. Calls that cost nothing are `$0`. */
export function costText(totals: Totals): string {
	const isFree = totals.costUsd === 0 && totals.unpricedCalls === 0;
	return isFree ? '$0' : (formatCost(totals) ?? l10n.t('price unknown'));
}
