import type { ReportedUsage } from './reply.ts';

/** Tokens that servers add to a prompt: the chat template, and the system prompt of a gateway. */
const MOST_ADDED_TOKENS = 32_768;
/** Completion tokens without text: end markers and the like. */
const MOST_SILENT_TOKENS = 1_000;
/** Room for hidden reasoning where the request sets no maximum. */
const MOST_HIDDEN_TOKENS = 1_000_000;
/** Far above the most expensive model. USD. */
const MOST_USD_PER_TOKEN = 0.01;
/** Room for what services charge beside tokens, such as searches. USD. */
const MOST_USD_BESIDE_TOKENS = 1;

/** What went over the wire in one attempt. */
export interface WireSizes {
	readonly sent: readonly string[];
	readonly received: readonly string[];
	/** Maximum of completion tokens in the request. */
	readonly maxTokens: number | undefined;
}

/**
 * The figures that can be true; the others count as not told. No tokenizer makes more than one token of a byte, but
 * servers add to prompts, and some reason without showing it.
 */
export function plausibleUsage(usage: ReportedUsage, { sent, received, maxTokens }: WireSizes): ReportedUsage {
	const mostPrompt = 2 * bytesOf(sent) + MOST_ADDED_TOKENS;
	const mostCompletion = bytesOf(received) + (maxTokens ?? MOST_HIDDEN_TOKENS) + MOST_SILENT_TOKENS;
	const most: Record<keyof ReportedUsage, number> = {
		promptTokens: mostPrompt,
		cachedPromptTokens: mostPrompt,
		cacheWriteTokens: mostPrompt,
		completionTokens: mostCompletion,
		reasoningTokens: mostCompletion,
	};
	return Object.fromEntries(
		(Object.keys(most) as (keyof ReportedUsage)[])
			.map((name) => [name, usage[name]] as const)
			.filter(([name, value]) => value !== undefined && value >= 0 && value <= most[name]),
	);
}

/** The charge, if a call of this size can cost that. */
export function plausibleCharge(usd: number | undefined, tokens: number): number | undefined {
	const most = tokens * MOST_USD_PER_TOKEN + MOST_USD_BESIDE_TOKENS;
	return usd !== undefined && usd >= 0 && usd <= most ? usd : undefined;
}

function bytesOf(texts: readonly string[]): number {
	return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}
