import { l10n } from 'vscode';
import type { Totals } from '../core/events.ts';

/** `950`, `1.2k`, `34k`, `1.5M`. */
export function countText(count: number): string {
	if (count < 1000) return String(count);
	if (count < 999_500) return `${(count / 1000).toFixed(count < 9950 ? 1 : 0)}k`;
	return `${(count / 1_000_000).toFixed(1)}M`;
}

/** `340 ms`, `4.1 s`, `2 min 5 s`. */
export function durationText(durationMs: number): string {
	if (durationMs < 1000) return l10n.t('{0} ms', Math.round(durationMs));
	if (durationMs < 59_950) return l10n.t('{0} s', (durationMs / 1000).toFixed(1));
	const seconds = Math.round(durationMs / 1000);
	return l10n.t('{0} min {1} s', Math.floor(seconds / 60), seconds % 60);
}

/** `1.3k tokens`, with `~` when they are our estimate. */
export function tokensText({ usage }: Totals): string {
	const tokens = countText(usage.promptTokens + usage.completionTokens);
	return l10n.t('{0} tokens', usage.isEstimate ? `~${tokens}` : tokens);
}

/** `$0.042`, `at least $0.042` while some calls have no known price, `price unknown` when none has. */
export function costText({ costUsd, calls, unpricedCalls }: Totals): string {
	if (calls > 0 && unpricedCalls === calls) return l10n.t('price unknown');
	const amount = `$${costUsd >= 1 || costUsd === 0 ? costUsd.toFixed(2) : costUsd.toPrecision(2)}`;
	return unpricedCalls > 0 ? l10n.t('at least {0}', amount) : amount;
}
