import { randomBytes } from 'node:crypto';
import type { Context } from '../../core/ports/context.ts';
import { HttpError } from './httpErrors.ts';

/** How much to keep in memory. */
export interface ContextLimits {
	readonly count: number;
	/** Bytes of all contexts. */
	readonly bytes: number;
}

export const DEFAULT_CONTEXT_LIMITS: ContextLimits = { count: 256, bytes: 1 << 30 };

/** A context as clients see it. */
export interface ContextView {
	readonly id: string;
	readonly kind: Context['kind'];
	readonly label: string;
	readonly bytes: number;
	readonly files: number;
	readonly lines: number;
	readonly leftOut: readonly {
		readonly reason: string;
		readonly count: number;
		readonly examples: readonly string[];
	}[];
	/** ISO 8601 */
	readonly createdAt: string;
	/** Sessions that use it. */
	readonly sessions: readonly string[];
}

interface Stored {
	readonly context: Context;
	readonly bytes: number;
	readonly createdAt: number;
	readonly sessions: Set<string>;
	/** Created by a session, and removed with it. */
	readonly isOwned: boolean;
}

/** Stores the contexts that clients sent, so that many questions can be asked about them. */
export class Contexts {
	readonly #limits: ContextLimits;
	readonly #stored = new Map<string, Stored>();
	#bytes = 0;

	constructor(limits: ContextLimits) {
		this.#limits = limits;
	}

	get count(): number {
		return this.#stored.size;
	}

	/** Bytes of all contexts. */
	get bytes(): number {
		return this.#bytes;
	}

	/** Bytes that are free. */
	get room(): number {
		return this.#limits.bytes - this.#bytes;
	}

	/** Stores a context. @param isOwned removes it with its session @throws HttpError 429 when there is no room */
	add(context: Context, isOwned = false): string {
		const bytes = bytesOf(context);
		const { count } = this.#limits;
		if (this.#stored.size >= count || bytes > this.room) {
			const problem = `no room for another context: ${this.#stored.size} contexts with ${this.#bytes} bytes are stored`;
			throw new HttpError(429, 'no-room', problem, 'Delete contexts that you no longer need.');
		}
		const id = `ctx_${randomBytes(9).toString('hex')}`;
		this.#stored.set(id, { context, bytes, createdAt: Date.now(), sessions: new Set(), isOwned });
		this.#bytes += bytes;
		return id;
	}

	/** @throws HttpError 404 */
	get(id: string): Context {
		return this.#find(id).context;
	}

	/** @throws HttpError 404 */
	view(id: string): ContextView {
		const { context, bytes, createdAt, sessions } = this.#find(id);
		const files = context.kind === 'json' ? [] : context.files;
		return {
			id,
			kind: context.kind,
			label: context.label,
			bytes,
			files: files.length,
			lines: files.reduce((sum, { lineCount }) => sum + lineCount, 0),
			leftOut: context.kind === 'json' ? [] : context.leftOut,
			createdAt: new Date(createdAt).toISOString(),
			sessions: [...sessions],
		};
	}

	list(): ContextView[] {
		return [...this.#stored.keys()].map((id) => this.view(id));
	}

	/** Marks a context as used by a session. @throws HttpError 404 */
	hold(id: string, sessionId: string): void {
		this.#find(id).sessions.add(sessionId);
	}

	/** Releases the contexts of a session that has ended. */
	release(id: string, sessionId: string): void {
		const stored = this.#stored.get(id);
		stored?.sessions.delete(sessionId);
		if (stored?.isOwned && stored.sessions.size === 0) this.#forget(id, stored);
	}

	/** @throws HttpError 404, or 409 while a session uses it */
	delete(id: string): void {
		const stored = this.#find(id);
		if (stored.sessions.size > 0) {
			const problem = `context ${id} is used by session ${[...stored.sessions].join(', ')}`;
			throw new HttpError(409, 'in-use', problem, 'Delete the session first.');
		}
		this.#forget(id, stored);
	}

	#forget(id: string, { bytes }: Stored): void {
		this.#stored.delete(id);
		this.#bytes -= bytes;
	}

	#find(id: string): Stored {
		const stored = this.#stored.get(id);
		if (stored) return stored;
		throw new HttpError(404, 'not-found', `there is no context ${id}`, 'GET /contexts lists them.');
	}
}

function bytesOf(context: Context): number {
	return context.kind === 'json' ? Buffer.byteLength(context.json) : context.bytes.byteLength;
}
