import type { Price, Usage } from '../../core/ports/model.ts';
import { kindOf, serviceAt } from '../../models/kinds.ts';
import { type ServerSettings, serverUrl } from '../../settings/servers.ts';
import { PRICE_LIST } from './priceList.ts';

/** Sources of a price, in order of precedence. */
export type PriceSource = 'server-settings' | 'prices-settings' | 'server' | 'list';

/** A price and its source. */
export interface KnownPrice {
	readonly price: Price;
	readonly source: PriceSource;
	/** For `list`: the day and page it was taken from. */
	readonly asOf?: string;
	readonly url?: string;
}

/** Prices by pattern: a model's name or `server/model`, where `*` matches any text. */
export type PriceSettings = Readonly<Record<string, Price>>;

/**
 * Price of a model on a server: the server's `price` in the settings, then the most specific pattern of `prices`, then
 * the server's own report, then the public list of its service. Undefined when none has it: the cost is then unknown,
 * never zero. A program on this machine costs nothing.
 * @param told the server's report in its list of models
 */
export function priceOf(
	server: ServerSettings,
	model: string,
	prices: PriceSettings = {},
	told?: Price,
): KnownPrice | undefined {
	if (server.price) return { price: server.price, source: 'server-settings' };
	if (kindOf(server.kind).place === 'here') return { price: { promptUsd: 0, completionUsd: 0 }, source: 'server' };
	const set = mostExact(prices, [model, `${server.id}/${model}`]);
	if (set) return { price: set, source: 'prices-settings' };
	if (told) return { price: told, source: 'server' };
	return listed(server, model);
}

/** For the service itself only: a model of the same name on another server has another price, or none. */
function listed(server: ServerSettings, model: string): KnownPrice | undefined {
	const service = serviceAt(serverUrl(server))?.id;
	if (service === undefined) return undefined;
	const list = PRICE_LIST.find((entry) => entry.service === service);
	const price = list && mostExact(list.models, [model]);
	return price && { price, source: 'list', asOf: list.asOf, url: list.source };
}

/** The value of the longest pattern that matches one of the names. */
function mostExact<T>(byPattern: Readonly<Record<string, T>>, names: readonly string[]): T | undefined {
	return Object.entries(byPattern)
		.filter(([pattern]) => names.some((name) => patternOf(pattern).test(name)))
		.sort(([a], [b]) => b.length - a.length)[0]?.[1];
}

function patternOf(text: string): RegExp {
	const escaped = text.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
	return new RegExp(`^${escaped.join('.*')}$`, 'i');
}

/**
 * USD of a call that a limit counts: a server that says it charges less than the user's price, or nothing, does not
 * switch the user's limit off.
 */
export function limitCostOf(usage: Usage, set: Price | undefined, costUsd: number | undefined): number | undefined {
	const ofSettings = costOf(usage, set);
	return ofSettings === undefined ? costUsd : Math.max(ofSettings, costUsd ?? 0);
}

const TOKENS_OF_A_PRICE = 1_000_000;

/**
 * USD of a call. The server's own figure for the charge takes precedence; else tokens at their prices, with separate
 * prices for tokens read from and written to the cache. Undefined when neither is known.
 * @param chargedUsd the server's figure, as OpenRouter reports it in `usage.cost`
 */
export function costOf(usage: Usage, price: Price | undefined, chargedUsd?: number): number | undefined {
	if (chargedUsd !== undefined) return chargedUsd;
	if (price === undefined) return undefined;
	const rate = price.long && usage.promptTokens > price.long.abovePromptTokens ? price.long : price;
	const cached = Math.min(usage.cachedPromptTokens ?? 0, usage.promptTokens);
	const written = Math.min(usage.cacheWriteTokens ?? 0, usage.promptTokens - cached);
	const millionths =
		(usage.promptTokens - cached - written) * rate.promptUsd +
		cached * (rate.cachedPromptUsd ?? rate.promptUsd) +
		written * (rate.cacheWriteUsd ?? rate.promptUsd) +
		usage.completionTokens * rate.completionUsd;
	return millionths / TOKENS_OF_A_PRICE;
}
