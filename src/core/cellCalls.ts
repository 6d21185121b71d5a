/** Refused calls of one cell that become events; the others are only counted. */
const SHOWN_REFUSALS = 20;
/** Calls answered from the memo that become events, of one cell. */
const SHOWN_REPEATS = 1_000;
/** Requests of one cell that may be refused as a whole; then its code is stopped. */
const REFUSED_REQUESTS = 100;
/** The same for the texts of refused calls, which the host has to take in all the same. Characters. */
const REFUSED_CHARACTERS = 256 << 20;

/** The calls of one cell: how many were let through, which were refused, and when its code has to stop. */
export class CellCalls {
	readonly nodeId: string;
	readonly startedAt: number;
	/** Calls that were let through. */
	made = 0;
	#refused = 0;
	#repeats = 0;
	#refusedRequests = 0;
	#refusedCharacters = 0;
	#why = '';
	/** Where the last batch that was refused in part was cut. */
	#cut: { readonly asked: number; readonly size: number } | undefined;
	readonly #open = new Set<Promise<unknown>>();
	readonly #over = new AbortController();
	readonly #stop = new AbortController();

	constructor(nodeId: string, startedAt: number) {
		this.nodeId = nodeId;
		this.startedAt = startedAt;
	}

	/** Fires when the cell has ended: nobody reads the replies of its calls any more. */
	get over(): AbortSignal {
		return this.#over.signal;
	}

	/** Fires when the code goes on asking although everything is refused. */
	get stop(): AbortSignal {
		return this.#stop.signal;
	}

	/** Follows a call to its end. It must not reject. */
	track<T>(call: Promise<T>): Promise<T> {
		this.#open.add(call);
		void call.then(() => this.#open.delete(call));
		return call;
	}

	/** Counts a refused call. @returns whether it becomes an event */
	refuse(why: string, characters: number): boolean {
		this.#why = why;
		this.#refusedCharacters += characters;
		if (this.#refusedCharacters > REFUSED_CHARACTERS) this.#stop.abort();
		return ++this.#refused <= SHOWN_REFUSALS;
	}

	/** Counts a call that was answered from the memo. @returns whether it becomes an event */
	repeat(): boolean {
		return ++this.#repeats <= SHOWN_REPEATS;
	}

	/**
	 * Counts the calls of one request.
	 * @param refused how many of them were refused at once @param cut how many of those, the last ones, for want of room
	 */
	noteRequest(size: number, refused: number, cut: number): void {
		if (cut > 0 && size > 1) this.#cut = { asked: size - cut, size };
		if (refused === size && ++this.#refusedRequests >= REFUSED_REQUESTS) this.#stop.abort();
	}

	/** Gives up the calls that are still open and waits until they have ended. */
	async end(): Promise<void> {
		this.#over.abort();
		await Promise.all(this.#open);
	}

	/** What the model is told of the calls that were refused; undefined when none were. */
	get note(): string | undefined {
		if (this.#refused === 0) return undefined;
		const calls = this.#refused === 1 ? '1 call of this cell was' : `${this.#refused} calls of this cell were`;
		const slots = this.#cut === undefined ? '' : ` (the last one: ${slotsOf(this.#cut)})`;
		return `${calls} not asked${slots}: ${this.#why}. The replies in their place begin with "Error: not asked".`;
	}

	/** Why the code was stopped, as an error of the cell. */
	get stopMessage(): string {
		return `the cell was stopped, because it went on asking after ${this.#refused} calls had been refused: ${this.#why}. Go on without further calls, or hand in the answer.`;
	}
}

function slotsOf({ asked, size }: { readonly asked: number; readonly size: number }): string {
	return `of a batch of ${size}, items ${asked} to ${size - 1}`;
}
