import { createHash, timingSafeEqual } from 'node:crypto';
import { RlmError } from '../../core/errors.ts';

/** What one tenant may use of a server, over all of its sessions. */
export interface TenantLimits {
	readonly sessions: number;
	/** Cells that run at a time; one that waits for its sub-calls counts. */
	readonly cells: number;
	/** Sum of the interpreters' memory caps. Bytes. */
	readonly memoryBytes: number;
	/** Texts of all sessions. Bytes. */
	readonly contextBytes: number;
	/** Ends a session in which nothing has run for this long. ms */
	readonly idleMs: number;
	/** Ends a session of this age, whatever it does. ms */
	readonly lifetimeMs: number;
}

export const DEFAULT_TENANT_LIMITS: TenantLimits = {
	sessions: 16,
	cells: 16,
	memoryBytes: 16 * (1 << 30),
	contextBytes: 1 << 30,
	idleMs: 30 * 60_000,
	lifetimeMs: 4 * 60 * 60_000,
};

/** Refuses a tenant that has reached a limit. */
export class LimitError extends RlmError {
	readonly code = 'limit';
}

type Amount = 'sessions' | 'cells' | 'memoryBytes' | 'contextBytes';

const WORDS: Readonly<Record<Amount, (limit: number) => string>> = {
	sessions: (limit) => `all ${limit} sessions of this token are in use`,
	cells: (limit) => `all ${limit} cells that may run at a time for this token are running`,
	memoryBytes: (limit) => `not enough memory left of the ${megabytes(limit)} MB of this token`,
	contextBytes: (limit) => `the texts of this token would exceed ${megabytes(limit)} MB`,
};

function megabytes(bytes: number): number {
	return Math.floor(bytes / (1 << 20));
}

/** Current use of one tenant. */
export class Tenant {
	/** Name for the log; never the token. */
	readonly name: string;
	readonly limits: TenantLimits;
	readonly #used: Record<Amount, number> = { sessions: 0, cells: 0, memoryBytes: 0, contextBytes: 0 };

	constructor(name: string, limits: TenantLimits) {
		this.name = name;
		this.limits = limits;
	}

	/** Takes an amount and returns the function that gives it back. @throws LimitError */
	take(amount: Amount, count: number): () => void {
		const limit = this.limits[amount];
		if (this.#used[amount] + count > limit) throw new LimitError(WORDS[amount](limit));
		this.#used[amount] += count;
		let isTaken = true;
		return () => {
			if (isTaken) this.#used[amount] -= count;
			isTaken = false;
		};
	}
}

/** A token and its owner. */
export interface TokenOwner {
	/** Name for the log. */
	readonly name: string;
	readonly token: string;
}

/** Finds the tenants of a server by their tokens. */
export class Tenants {
	readonly #byDigest: readonly (readonly [digest: Buffer, tenant: Tenant])[];
	readonly #everybody: Tenant | undefined;

	/** @param owners without any, all clients are one tenant and need no token */
	constructor(owners: readonly TokenOwner[], limits: TenantLimits) {
		this.#byDigest = owners.map(({ name, token }) => [digest(token), new Tenant(name, limits)]);
		this.#everybody = owners.length === 0 ? new Tenant('everybody', limits) : undefined;
	}

	/**
	 * Returns the tenant of an `Authorization` header, or undefined. It compares every digest in full, so that timing
	 * reveals nothing about a token.
	 */
	find(authorization: string | undefined): Tenant | undefined {
		if (this.#everybody) return this.#everybody;
		const given = digest(/^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '');
		let found: Tenant | undefined;
		for (const [known, tenant] of this.#byDigest) if (timingSafeEqual(known, given)) found = tenant;
		return found;
	}
}

function digest(token: string): Buffer {
	return createHash('sha256').update(token).digest();
}
