import type { Totals } from './events.ts';

/** `950`, `1.2k`, `34k`, `1.5M`. */
export function formatCount(count: number): string {
	if (count < 1000) return String(count);
	const [value, unit] = count < 999_500 ? [count / 1000, 'k'] : [count / 1_000_000, 'M'];
	return `${value.toFixed(value < 10 ? 1 : 0)}${unit}`;
}

/** `340 ms`, `4.1 s`, `2 min 05 s`. */
export function formatDuration(ms: number): string {
	if (ms < 1000) return `${Math.round(ms)} ms`;
	if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
	const seconds = Math.round(ms / 1000);
	return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** `$1.20`, `$0.0042`, with `≥` when some calls have an unknown price; undefined when nothing is known. */
export function formatCost({ costUsd, unpricedCalls, calls }: Totals): string | undefined {
	if (calls > 0 && unpricedCalls === calls) return undefined;
	// Calls of the built-in engine cost nothing, and those of a server without a price are unknown.
	if (costUsd === 0) return undefined;
	const amount = costUsd >= 1 ? costUsd.toFixed(2) : costUsd >= 0.01 ? costUsd.toFixed(3) : costUsd.toPrecision(2);
	return `${unpricedCalls > 0 ? '≥ ' : ''}$${amount}`;
}

/** `1.3k tokens`, with `~` when they are estimated; undefined when there are none. */
export function formatTokens({ usage }: Totals): string | undefined {
	const tokens = usage.promptTokens + usage.completionTokens;
	return tokens === 0 ? undefined : `${usage.isEstimate ? '~' : ''}${formatCount(tokens)} tokens`;
}
