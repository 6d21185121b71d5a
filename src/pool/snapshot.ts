import { MODEL_ROLES, type ModelRole } from '../core/ports/model.ts';
import { present } from '../core/present.ts';
import type { ServerKind } from '../models/kinds.ts';
import type { BreakerState, ServerActivity } from './scheduler/types.ts';
import type { PooledServer } from './server.ts';

/** A server as views show it. */
export interface ServerSnapshot {
	readonly id: string;
	readonly kind: ServerKind;
	readonly url: string;
	readonly roles: readonly ModelRole[];
	/** `unknown` until the first answer or failure. */
	readonly health: 'unknown' | 'healthy' | 'unhealthy';
	readonly inFlight: number;
	/** Queued calls that it could serve. */
	readonly waiting: number;
	readonly maxConcurrent: number;
	/** Concurrent calls it is given now: fewer than `maxConcurrent` after it refused some. */
	readonly limit: number;
	/** Tokens per second, measured: reading prompts, and writing one reply. */
	readonly promptSpeed?: number;
	readonly completionSpeed?: number;
	/** Running mean of the time to the first token, ms. */
	readonly firstTokenMs?: number;
	/** Running share of failed attempts, 0 to 1. */
	readonly errorShare: number;
	/** `open`: cut off after failures; `half-open`: one call tests whether it has recovered. */
	readonly breaker: BreakerState;
	/** Until an open breaker lets a call through, ms. */
	readonly reopensInMs?: number;
	/** Time for which it asked to get no calls, ms. */
	readonly blockedForMs?: number;
	/** Time since it last sent something, ms. */
	readonly silentForMs?: number;
	/** Models believed to be in its memory; empty when unknown. */
	readonly residentModels: readonly string[];
	/** True when it gets no further calls. */
	readonly isDraining: boolean;
	/** Absent until the server was asked. */
	readonly models?: readonly string[];
	/** Message of the last failure; absent after a success. */
	readonly lastError?: string;
}

/** Describes a server at a moment of the pool's clock, ms. */
export function snapshotOf(server: PooledServer, activity: ServerActivity, now: number): ServerSnapshot {
	const { settings, knownModels, lastError } = server;
	const { reopensAt, blockedUntil, lastByteAt, health, healthReason, ...figures } = activity;
	const isFailing = lastError !== undefined || activity.breaker !== 'closed' || health === 'down';
	const error = lastError?.message ?? healthReason;
	return present({
		id: server.id,
		kind: settings.kind,
		url: server.url,
		roles: settings.roles ?? MODEL_ROLES,
		health: isFailing ? 'unhealthy' : server.hasAnswered ? 'healthy' : 'unknown',
		...figures,
		reopensInMs: reopensAt === undefined ? undefined : Math.max(0, reopensAt - now),
		blockedForMs: blockedUntil === undefined || blockedUntil <= now ? undefined : blockedUntil - now,
		silentForMs: lastByteAt === undefined ? undefined : now - lastByteAt,
		models: knownModels,
		lastError: error,
	});
}
