import { MODEL_ROLES, type ModelListing, type ModelRole, type ServerLoad } from '../core/ports/model.ts';
import { shownAddress } from '../models/http/address.ts';
import type { ServerKind } from '../models/kinds.ts';
import { type ServerSettings, serverUrl } from '../settings/servers.ts';
import { type GpuFigures, type GpuMemory, gpuMemory } from './health/gpu.ts';
import type { ServerHealth } from './health/health.ts';
import type { HealthMinute } from './health/healthHistory.ts';
import type { Health } from './health/healthState.ts';
import type { ServerSnapshot } from './snapshot.ts';
import { addUsage, noUsage, type ServerUsage } from './usage/usage.ts';

/** What the pool counts for a server. */
export type CallFigures = Pick<
	ServerSnapshot,
	| 'id'
	| 'inFlight'
	| 'limit'
	| 'maxConcurrent'
	| 'waiting'
	| 'completionSpeed'
	| 'firstTokenMs'
	| 'errorShare'
	| 'breaker'
	| 'reopensInMs'
	| 'isDraining'
	| 'lastError'
>;

/** A server as fleet views show it. Figures that were not measured are absent. */
export interface FleetServer {
	readonly id: string;
	readonly kind: ServerKind;
	readonly url: string;
	readonly roles: readonly ModelRole[];
	/** Name and version of the software, as it reports them. */
	readonly software?: string;
	readonly health: Health;
	/** ms since the epoch. */
	readonly checkedAt?: number;
	/** Duration of the last check. */
	readonly latencyMs?: number;
	/** Models as the server lists them. */
	readonly models: readonly ModelListing[];
	/** Largest known served window. Tokens. */
	readonly windowTokens?: number;
	readonly calls: CallFigures;
	/** The server's own report of its work for all users. */
	readonly load?: ServerLoad;
	readonly gpus: readonly GpuFigures[];
	readonly memory?: GpuMemory;
	/** Why expected figures are missing. */
	readonly figuresProblem?: string;
	/** The last 60 minutes, oldest first. */
	readonly history: readonly (HealthMinute | undefined)[];
	/** Today's usage by all programs of this user; absent when there was none. */
	readonly today?: ServerUsage;
}

/** Combines what is known of each server, in the order of the settings. */
export function fleetOf(
	servers: readonly ServerSettings[],
	health: readonly ServerHealth[],
	calls: readonly CallFigures[],
	today: readonly ServerUsage[],
): readonly FleetServer[] {
	return servers.flatMap((settings) => {
		const seen = health.find(({ id }) => id === settings.id);
		const counted = calls.find(({ id }) => id === settings.id);
		return seen && counted ? [serverOf(settings, seen, counted, today)] : [];
	});
}

function serverOf(
	settings: ServerSettings,
	seen: ServerHealth,
	calls: CallFigures,
	today: readonly ServerUsage[],
): FleetServer {
	const { health, checkedAt, latencyMs, report, load, gpus, figuresProblem, history } = seen;
	const models = report?.models ?? [];
	const used = today.filter(({ server }) => server === settings.id);
	return {
		id: settings.id,
		kind: settings.kind,
		url: shownAddress(serverUrl(settings)),
		roles: settings.roles ?? MODEL_ROLES,
		health,
		models,
		calls,
		gpus,
		history,
		...present({
			software: report?.software,
			checkedAt,
			latencyMs,
			windowTokens: settings.contextLength ?? largestWindow(models),
			load,
			memory: gpuMemory(gpus, models, settings.gpuMemoryGb),
			figuresProblem,
			today: used.length === 0 ? undefined : used.reduce(addUsage, noUsage(settings.id, '')),
		}),
	};
}

/** Among the models in memory if the server reports those, else among all. */
function largestWindow(models: readonly ModelListing[]): number | undefined {
	const loaded = models.filter(({ isLoaded }) => isLoaded);
	const windows = (loaded.length > 0 ? loaded : models).flatMap(({ contextTokens }) => contextTokens ?? []);
	return windows.length === 0 ? undefined : Math.max(...windows);
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function present<T extends object>(fields: T): Present<T> {
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
}
