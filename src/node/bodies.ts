import { codeOf, RlmError, throwIfCancelled } from '../core/errors.ts';

/** Longest time for a request with its body, for `requestTimeout` of a server. ms */
export const REQUEST_MS = 120_000;

/** How much of the bodies of requests a server holds, and how long it waits for more. */
export interface BodyLimits {
	/** Bytes of all bodies that are being received or parsed. */
	readonly bytes: number;
	/** Time without a new piece. ms */
	readonly idleMs: number;
}

export const DEFAULT_BODY_LIMITS: BodyLimits = { bytes: 128 << 20, idleMs: 30_000 };

const STATUS = { busy: 503, 'too-slow': 408, input: 400 } as const;

/** A body that did not arrive, or that there is no room for. */
export class BodyError extends RlmError {
	readonly code: keyof typeof STATUS;
	readonly status: 503 | 408 | 400;

	constructor(code: keyof typeof STATUS, message: string, options?: { cause?: unknown }) {
		super(message, options);
		this.code = code;
		this.status = STATUS[code];
	}
}

/** The largest body of a route, and the error for a larger one. */
export interface LargestBody {
	readonly bytes: number;
	readonly tooLarge: () => Error;
}

/** A piece of a body. */
export type Piece = Uint8Array<ArrayBuffer>;

/** Receives the bodies of a server within a bound for all of them, so that clients who stall cannot fill its memory. */
export class Bodies {
	readonly #limits: BodyLimits;
	#held = 0;

	constructor(limits: Partial<BodyLimits> = {}) {
		this.#limits = { ...DEFAULT_BODY_LIMITS, ...limits };
	}

	/**
	 * Passes on the pieces of a body as they arrive. They count as held until `use` has settled.
	 * @throws BodyError, the error for a body that is too large, CancelledError, or what `use` throws
	 */
	async receive<T>(
		request: Request,
		largest: LargestBody,
		use: (pieces: AsyncIterable<Piece>) => Promise<T>,
		signal: AbortSignal,
	): Promise<T> {
		if (Number(request.headers.get('content-length')) > largest.bytes) throw largest.tooLarge();
		let bytes = 0;
		const hold = (count: number) => {
			if (bytes + count > largest.bytes) throw largest.tooLarge();
			if (this.#held + count > this.#limits.bytes) {
				throw new BodyError('busy', 'too many bodies of requests are being received');
			}
			bytes += count;
			this.#held += count;
		};
		try {
			return await use(this.#pieces(request, hold, signal));
		} finally {
			this.#held -= bytes;
		}
	}

	/** Receives a whole body. It counts as held until `use` has settled. @throws as `receive` */
	read<T>(request: Request, largest: LargestBody, use: (bytes: Piece) => Promise<T>, signal: AbortSignal): Promise<T> {
		return this.receive(request, largest, async (pieces) => use(await joined(pieces)), signal);
	}

	async *#pieces(request: Request, hold: (count: number) => void, signal: AbortSignal): AsyncGenerator<Piece> {
		const reader = request.body?.getReader();
		if (!reader) return;
		try {
			for (;;) {
				const piece = await this.#next(reader);
				throwIfCancelled(signal);
				if (!piece) return;
				hold(piece.length);
				yield piece;
			}
		} finally {
			// Without cancelling: the answer still has to go out on the same connection.
			reader.releaseLock();
		}
	}

	/** Returns undefined at the end. */
	async #next(reader: ReadableStreamDefaultReader<Piece>): Promise<Piece | undefined> {
		const { promise: idle, reject } = Promise.withResolvers<never>();
		const { idleMs } = this.#limits;
		const timer = setTimeout(() => reject(new BodyError('too-slow', 'the body stopped arriving')), idleMs);
		try {
			return (await Promise.race([reader.read(), idle])).value;
		} catch (error) {
			if (codeOf(error) !== 'ECONNRESET') throw error;
			throw new BodyError('input', 'the body ended too early', { cause: error });
		} finally {
			clearTimeout(timer);
		}
	}
}

async function joined(pieces: AsyncIterable<Piece>): Promise<Piece> {
	const all: Piece[] = [];
	for await (const piece of pieces) all.push(piece);
	const bytes = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
	let offset = 0;
	for (const piece of all) {
		bytes.set(piece, offset);
		offset += piece.length;
	}
	return bytes;
}
