import type { ServerState } from './serverState.ts';
import type { CloudUse, Strategy } from './types.ts';

/** How much faster the last server by priority has to be to be chosen before the first one. */
const PRIORITY_WEIGHT = 0.15;
const LEAST_RELIABILITY = 0.05;

/** What saving a dollar is worth: ms of waiting. `never` is no matter of scores. */
const MS_FOR_A_DOLLAR: Record<CloudUse, number> = { never: 0, overflow: 3e8, balanced: 1e8, fastest: 0 };

/** A server that could take a job, and how that would go. */
export interface Option {
	readonly server: ServerState;
	/** Until it has a place, ms. */
	readonly waitMs: number;
	/** From then to the end of the reply, ms. */
	readonly serviceMs: number;
	/** A model has to be unloaded for it. */
	readonly isSwitch: boolean;
	readonly promptTokens: number;
	readonly completionTokens: number;
}

/** Lower is better. Options are only compared within one strategy. */
export type Score = (option: Option) => number;

/** Larger than every score of a server with a free place. */
const WAITING = 1e15;
const SWITCHING = 1e12;

/**
 * How a strategy compares servers.
 *
 * `adaptive`: predicted time to the end of the reply, in ms, so that nothing needs a weight against anything else but
 * priority (a share of that time), errors (the time is multiplied by the attempts to be expected) and money.
 * The other three look only at servers with a free place: `leastLoaded` takes the one with the smallest share of its
 * places taken, `priority` the first by priority, `roundRobin` one after the other in proportion to their places.
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
	// Of equals the one that was not asked for longest.
	leastLoaded: (server) => server.busy / server.limit.slots + 1e-9 * server.lastStart,
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

/** Smooth weighted round robin (as in nginx): every server earns its places, the chosen one pays for all. */
export function takeTurn(chosen: ServerState, candidates: readonly ServerState[]): void {
	let total = 0;
	for (const server of candidates) {
		server.credit += server.limit.slots;
		total += server.limit.slots;
	}
	chosen.credit -= total;
}
