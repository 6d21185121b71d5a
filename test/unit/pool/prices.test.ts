import { describe, expect, test } from 'vitest';
import type { Usage } from '../../../src/core/ports/model.ts';
import { PRICE_LIST } from '../../../src/pool/usage/priceList.ts';
import { costOf, limitCostOf, priceOf } from '../../../src/pool/usage/prices.ts';
import type { ServerSettings } from '../../../src/settings/servers.ts';

const ANTHROPIC: ServerSettings = { id: 'cloud', kind: 'anthropic' };
const LOCAL: ServerSettings = { id: 'gpu', kind: 'openai', url: 'http://gpu:8000/v1' };
const told = { promptUsd: 3, completionUsd: 4 };
const set = { promptUsd: 5, completionUsd: 6 };

function usage(promptTokens: number, completionTokens: number, rest: Partial<Usage> = {}): Usage {
	return { promptTokens, completionTokens, isEstimate: false, ...rest };
}

describe('the price of a model', () => {
	test('settings of the server, settings by pattern, the server itself, the public list: in this order', () => {
		const server = { ...ANTHROPIC, price: { promptUsd: 1, completionUsd: 2 } };
		const prices = { 'claude-*': set };
		const model = 'claude-opus-5-5';
		expect(priceOf(server, model, prices, told)).toMatchObject({ source: 'server-settings' });
		expect(priceOf(ANTHROPIC, model, prices, told)).toEqual({ price: set, source: 'prices-settings' });
		expect(priceOf(ANTHROPIC, model, {}, told)).toEqual({ price: told, source: 'server' });
		expect(priceOf(ANTHROPIC, model)).toMatchObject({
			source: 'list',
			price: { promptUsd: 4, completionUsd: 20, cachedPromptUsd: 0.2, cacheWriteUsd: 5 },
			url: expect.stringMatching(/^https:/),
			asOf: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
		});
	});

	test('is unknown where nobody states it: on a local server, even for a name that is sold elsewhere', () => {
		expect(priceOf(LOCAL, 'claude-opus-5-5')).toBeUndefined();
		expect(priceOf(LOCAL, 'deepseek-flash')).toBeUndefined();
		expect(priceOf({ id: 'o', kind: 'ollama' }, 'gpt-5.4')).toBeUndefined();
		expect(priceOf(ANTHROPIC, 'claude-of-tomorrow')).toBeUndefined();
		expect(costOf(usage(1000, 1000), undefined)).toBeUndefined();
	});

	test('the most specific pattern wins; patterns name a model or a model on one server', () => {
		const price = (promptUsd: number) => ({ promptUsd, completionUsd: 0 });
		const prices = { '*': price(1), 'qwen/*': price(2), 'qwen/qwen3.5*': price(3), 'gpu/qwen/qwen3-8b': price(4) };
		expect(priceOf(LOCAL, 'other', prices)?.price.promptUsd).toBe(1);
		expect(priceOf(LOCAL, 'qwen/qwen3-32b', prices)?.price.promptUsd).toBe(2);
		expect(priceOf(LOCAL, 'Qwen/Qwen3.5-8B', prices)?.price.promptUsd).toBe(3);
		expect(priceOf(LOCAL, 'qwen/qwen3-8b', prices)?.price.promptUsd).toBe(4);
		expect(priceOf({ ...LOCAL, id: 'b' }, 'qwen/qwen3-8b', prices)?.price.promptUsd).toBe(2);
		expect(priceOf(LOCAL, 'qwen/qwen3x5', { 'qwen/qwen3.5': price(9) })).toBeUndefined();
	});

	test('names of models with a snapshot are found, their neighbours are not mixed up', () => {
		expect(priceOf(ANTHROPIC, 'claude-haiku-4-5-20251001')?.price).toMatchObject({ promptUsd: 1 });
		expect(priceOf(ANTHROPIC, 'claude-sonnet-5')?.price).toMatchObject({ cachedPromptUsd: 0.2 });
		expect(priceOf(ANTHROPIC, 'claude-sonnet-5-5')?.price).toMatchObject({ cachedPromptUsd: 0.1 });
		const openAi: ServerSettings = { id: 'o', kind: 'openai' };
		expect(priceOf(openAi, 'gpt-5.4-mini-2026-03-17')?.price).toMatchObject({ promptUsd: 0.75 });
		expect(priceOf(openAi, 'gpt-5.4-2026-03-05')?.price).toMatchObject({ promptUsd: 2.5 });
	});

	test('every entry of the list is complete', () => {
		for (const { models, source, asOf } of PRICE_LIST) {
			expect(URL.canParse(source) && !Number.isNaN(Date.parse(asOf))).toBe(true);
			for (const price of Object.values(models)) {
				expect(price.promptUsd).toBeGreaterThan(0);
				expect(price.completionUsd).toBeGreaterThan(price.promptUsd);
				expect(price.cachedPromptUsd).toBeLessThan(price.promptUsd);
			}
		}
	});
});

describe('the cost of a call', () => {
	const price = { promptUsd: 10, completionUsd: 50, cachedPromptUsd: 1, cacheWriteUsd: 12.5 };

	test('tokens that were read from and written to the cache have their own prices', () => {
		expect(costOf(usage(1_000_000, 100_000), price)).toBeCloseTo(15);
		const cached = usage(1_000_000, 0, { cachedPromptTokens: 600_000, cacheWriteTokens: 200_000 });
		expect(costOf(cached, price)).toBeCloseTo(0.6 + 2.5 + 2);
		expect(costOf(cached, { promptUsd: 10, completionUsd: 50 })).toBeCloseTo(10);
	});

	test('a long prompt has another price for all of its tokens', () => {
		const long = { ...price, long: { abovePromptTokens: 100_000, promptUsd: 20, completionUsd: 75 } };
		expect(costOf(usage(100_000, 0), long)).toBeCloseTo(1);
		expect(costOf(usage(100_001, 1000), long)).toBeCloseTo(2.00002 + 0.075);
	});

	test('what the server charged is authoritative, zero included', () => {
		expect(costOf(usage(1_000_000, 0), price, 0.25)).toBe(0.25);
		expect(costOf(usage(1_000_000, 0), undefined, 0)).toBe(0);
	});

	test('a limit counts at least the price of the settings, whatever the server charges', () => {
		expect(limitCostOf(usage(1_000_000, 0), price, 0)).toBeCloseTo(10);
		expect(limitCostOf(usage(1_000_000, 0), price, 0.25)).toBeCloseTo(10);
		expect(limitCostOf(usage(1_000_000, 0), price, 12)).toBe(12);
		expect(limitCostOf(usage(1_000_000, 0), undefined, 0.25)).toBe(0.25);
		expect(limitCostOf(usage(1_000_000, 0), undefined, undefined)).toBeUndefined();
	});

	test('a server that reports more cached tokens than there were does not make it negative', () => {
		expect(costOf(usage(100, 0, { cachedPromptTokens: 1000 }), price)).toBeCloseTo(0.0001);
	});
});
