import type { ServerState } from './serverState.ts';
import type { CloudUse, Strategy } from './types.ts';

/** How much faster the last server by priority must be to be preferred to the first. */
const PRIORITY_WEIGHT = 0.15;
const LEAST_RELIABILITY = 0.05;

/** What saving a dollar is worth, in ms of waiting. `never` is not decided by scores. */
const MS_FOR_A_DOLLAR: Record<CloudUse, number> = { never: 0, overflow: 3e8, balanced: 1e8, fastest: 0 };

/** A server that could take a job, and the expected timing. */
export interface Option {
	readonly server: ServerState;
	/** Time until it has a free place, ms. */
	readonly waitMs: number;
	/** Time from then to the end of the reply, ms. */
	readonly serviceMs: number;
	/** True when it has to unload a model first. */
	readonly isSwitch: boolean;
	readonly promptTokens: number;
	readonly completionTokens: number;
}

/** Lower is better. Scores are comparable only within one strategy. */
export type Score = (option: Option) => number;

/** Exceeds every score of a server with a free place. */
const WAITING = 1e15;
const SWITCHING = 1e12;

/**
 * Scores servers, by strategy.
 *
 * `adaptive`: predicted time to the end of the reply, in ms. Everything else is expressed as time: priority as a share
 * of it, errors as the expected number of attempts, money as time worth waiting. The other three consider only servers
 * with a free place: `leastLoaded` takes the one with the smallest share of places in use, `priority` the first by
 * priority, `roundRobin` each in proportion to its places.
 */
export function scoreOf(strategy: Strategy, cloudUse: CloudUse): Score {
	if (strategy === 'adaptive') return (option) => completionScore(option, MS_FOR_A_DOLLAR[cloudUse]);
	const rank = RANKS[strategy];
	return (option) => {
		if (option.waitMs > 0) return WAITING + option.waitMs;
		return (option.isSwitch ? SWITCHING : 0) + rank(option.server);
	};
}

const RANKS: Record<Exclude<Strategy, 'adaptive'>, (server: ServerState) => number> = {
	// Among equals, the server that has waited longest for a call.
	leastLoaded: (server) => server.busy / server.limit.places + 1e-9 * server.lastStart,
	priority: (server) => server.spec.priority,
	roundRobin: (server) => -server.credit,
};

function completionScore(option: Option, msForDollar: number): number {
	const { server, waitMs, serviceMs, promptTokens, completionTokens } = option;
	const reliability = Math.max(LEAST_RELIABILITY, 1 - server.errorShare);
	const time = ((waitMs + serviceMs) * (1 + PRIORITY_WEIGHT * server.rank)) / reliability;
	const { price } = server.spec;
	if (price === undefined || msForDollar === 0) return time;
	const usd = (promptTokens * price.promptUsd + completionTokens * price.completionUsd) / 1_000_000;
	return time + msForDollar * usd;
}

/**
 * Smooth weighted round robin (as in nginx): every server earns credit for its places, and the chosen one pays for all.
 */
export function takeCredit(chosen: ServerState, candidates: readonly ServerState[]): void {
	let total = 0;
	for (const server of candidates) {
		server.credit += server.limit.places;
		total += server.limit.places;
	}
	chosen.credit -= total;
}
