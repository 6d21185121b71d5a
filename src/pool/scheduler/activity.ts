import type { FairQueue } from './queue.ts';
import type { ServerState } from './serverState.ts';
import type { ServerActivity } from './types.ts';

/** A server as views and monitors see it. */
export function activityOf(server: ServerState, queue: FairQueue): ServerActivity {
	const { breaker, limit, spec } = server;
	const measured = {
		promptSpeed: fastest([...server.allRates].map(({ promptSpeed }) => promptSpeed)),
		completionSpeed: fastest([...server.allRates].map(({ completionSpeed }) => completionSpeed)),
		firstTokenMs: server.firstToken.value,
		reopensAt: breaker.state === 'open' ? breaker.reopensAt : undefined,
		blockedUntil: Number.isFinite(server.blockedUntil) ? server.blockedUntil : undefined,
		lastByteAt: server.lastByteAt,
		healthReason: server.healthReason,
	};
	return {
		limit: limit.places,
		maxConcurrent: spec.maxConcurrent,
		inFlight: server.running.size,
		waiting: waitingFor(server, queue),
		errorShare: server.errorShare,
		breaker: breaker.state,
		residentModels: server.resident,
		health: server.health,
		isDraining: server.isDraining,
		...known(measured),
	};
}

function waitingFor(server: ServerState, queue: FairQueue): number {
	let waiting = 0;
	for (const { lane } of queue.lanes())
		if (lane.targets.some((target) => target.server === server)) waiting += lane.size;
	return waiting;
}

function fastest(speeds: readonly (number | undefined)[]): number | undefined {
	const known = speeds.filter((speed) => speed !== undefined);
	return known.length > 0 ? Math.max(...known) : undefined;
}

/** The entries that have a value. */
function known<T extends object>(entries: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
	return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as {
		[K in keyof T]?: Exclude<T[K], undefined>;
	};
}
