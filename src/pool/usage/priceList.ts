import type { Price, ServerSoftware } from '../../core/ports/model.ts';

/** Prices of one service, as published on a day. USD per million tokens. */
export interface ServicePrices {
	readonly service: ServerSoftware;
	/** Day on which the page was read, or its newest price was published. */
	readonly asOf: string;
	readonly source: string;
	/** By name of the model, including dated snapshots; `*` matches any text. */
	readonly models: Readonly<Record<string, Price>>;
}

/** Above this prompt length OpenAI charges more for every token of a call. */
const OPENAI_LONG = 272_000;

function openAi(promptUsd: number, cachedPromptUsd: number, completionUsd: number): Price {
	const long = { promptUsd: promptUsd * 2, cachedPromptUsd: cachedPromptUsd * 2, completionUsd: completionUsd * 1.5 };
	return { promptUsd, cachedPromptUsd, completionUsd, long: { abovePromptTokens: OPENAI_LONG, ...long } };
}

/** Anthropic charges a quarter more than the prompt price for writes to its five-minute cache. */
function anthropic(promptUsd: number, cachedPromptUsd: number, completionUsd: number): Price {
	return { promptUsd, cachedPromptUsd, cacheWriteUsd: promptUsd * 1.25, completionUsd };
}

/**
 * Public prices of hosted services. A model that is not listed has an unknown price: it is shown as unknown, never as
 * free. If a price varies by hour, the list has the higher one, so that a budget ends early rather than late.
 */
export const PRICE_LIST: readonly ServicePrices[] = [
	{
		service: 'anthropic',
		asOf: '2026-10-24',
		source: 'https://platform.claude.com/docs/en/about-claude/pricing',
		models: {
			'claude-fable-5-1*': anthropic(10, 0.25, 50),
			'claude-fable-5': anthropic(10, 1, 50),
			'claude-opus-5-5*': anthropic(4, 0.2, 20),
			'claude-opus-5': anthropic(5, 0.5, 25),
			'claude-opus-4-8*': anthropic(5, 0.5, 25),
			'claude-opus-4-7*': anthropic(5, 0.5, 25),
			'claude-opus-4-6*': anthropic(5, 0.5, 25),
			'claude-opus-4-5*': anthropic(5, 0.5, 25),
			'claude-sonnet-5-5*': anthropic(2, 0.1, 10),
			'claude-sonnet-5': anthropic(2, 0.2, 10),
			'claude-sonnet-4-6*': anthropic(3, 0.3, 15),
			'claude-sonnet-4-5*': anthropic(3, 0.3, 15),
			'claude-haiku-5-5*': {
				...anthropic(0.1, 0.01, 0.5),
				long: { abovePromptTokens: 100_000, ...anthropic(0.5, 0.05, 2.5) },
			},
			'claude-haiku-4-5*': anthropic(1, 0.1, 5),
		},
	},
	{
		service: 'openai',
		asOf: '2026-07-09',
		source: 'https://developers.openai.com/api/docs/pricing',
		models: {
			'gpt-5.6': { ...openAi(5, 0.5, 30), cacheWriteUsd: 6.25 },
			'gpt-5.6-sol': { ...openAi(5, 0.5, 30), cacheWriteUsd: 6.25 },
			'gpt-5.6-terra': { ...openAi(2.5, 0.25, 15), cacheWriteUsd: 3.125 },
			'gpt-5.6-luna': { ...openAi(1, 0.1, 6), cacheWriteUsd: 1.25 },
			'gpt-5.5': openAi(5, 0.5, 30),
			'gpt-5.5-20*': openAi(5, 0.5, 30),
			'gpt-5.4': openAi(2.5, 0.25, 15),
			'gpt-5.4-20*': openAi(2.5, 0.25, 15),
			'gpt-5.4-mini*': { promptUsd: 0.75, cachedPromptUsd: 0.075, completionUsd: 4.5 },
			'gpt-5.4-nano*': { promptUsd: 0.2, cachedPromptUsd: 0.02, completionUsd: 1.25 },
		},
	},
	{
		service: 'deepseek',
		asOf: '2026-10-27',
		// The peak rate. It halves on weekends, and from Monday to Friday outside 01:00-04:00 and 06:00-10:00 UTC.
		source: 'https://api-docs.deepseek.com/quick_start/pricing',
		models: {
			'deepseek-flash': { promptUsd: 0.3, cachedPromptUsd: 0.006, completionUsd: 1.2 },
			'deepseek-v4-flash*': { promptUsd: 0.3, cachedPromptUsd: 0.006, completionUsd: 1.2 },
			'deepseek-v4-pro': { promptUsd: 1.32, cachedPromptUsd: 0.044, completionUsd: 3.96 },
		},
	},
];
