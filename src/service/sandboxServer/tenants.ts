import { createHash, timingSafeEqual } from 'node:crypto';
import { RlmError } from '../../core/errors.ts';

/** What one tenant may use of a server, all of its sessions together. */
export interface TenantLimits {
	readonly sessions: number;
	/** Cells that run at a time; one that waits for its sub-calls counts. */
	readonly cells: number;
	/** Sum of the caps of the interpreters' memory, bytes. */
	readonly memoryBytes: number;
	/** Texts of all sessions, bytes. */
	readonly contextBytes: number;
	/** A session in which nothing runs for so long is ended. ms */
	readonly idleMs: number;
	/** A session is ended when it is so old, whatever it does. ms */
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

/** The tenant has no more of what it asks for. */
export class LimitError extends RlmError {
	readonly code = 'limit';
}

type Amount = 'sessions' | 'cells' | 'memoryBytes' | 'contextBytes';

const WORDS: Readonly<Record<Amount, (limit: number) => string>> = {
	sessions: (limit) => `all ${limit} sessions of this token are in use`,
	cells: (limit) => `all ${limit} cells that may run at a time for this token are running`,
	memoryBytes: (limit) => `there is not so much memory left of the ${megabytes(limit)} MB of this token`,
	contextBytes: (limit) => `the texts of this token would be larger than ${megabytes(limit)} MB`,
};

function megabytes(bytes: number): number {
	return Math.floor(bytes / (1 << 20));
}

/** What a tenant uses at the moment. */
export class Tenant {
	/** For the log; never the token. */
	readonly name: string;
	readonly limits: TenantLimits;
	readonly #used: Record<Amount, number> = { sessions: 0, cells: 0, memoryBytes: 0, contextBytes: 0 };

	constructor(name: string, limits: TenantLimits) {
		this.name = name;
		this.limits = limits;
	}

	/** Takes so much until the function that is returned is called. @throws LimitError */
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

/** A token and whose it is. */
export interface TokenOwner {
	/** For the log. */
	readonly name: string;
	readonly token: string;
}

/** Knows the tenants of a server by their tokens. */
export class Tenants {
	readonly #byDigest: readonly (readonly [digest: Buffer, tenant: Tenant])[];
	readonly #everybody: Tenant | undefined;

	/** @param owners without any, everybody is the same tenant and needs no token */
	constructor(owners: readonly TokenOwner[], limits: TenantLimits) {
		this.#byDigest = owners.map(({ name, token }) => [digest(token), new Tenant(name, limits)]);
		this.#everybody = owners.length === 0 ? new Tenant('everybody', limits) : undefined;
	}

	/**
	 * Whose an `Authorization` header is; undefined when it is nobody's. Digests are compared, each of them and whole, so
	 * that the time it takes tells nothing of a token.
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
