import type { FailureCategory } from './errors.ts';
import type { SubQuery } from './ports/sandbox.ts';

/** Bounds of the search for a prompt's lines in the code, characters and lines: each line is searched in all of it. */
const [LONGEST_LOOKED_AT, MOST_LINES_LOOKED_AT] = [20_000, 100];

/** Refused calls of one cell that become events; the rest are only counted. */
const SHOWN_REFUSALS = 20;
/** Calls of one cell answered from the memo that become events. */
const SHOWN_REPEATS = 1_000;
/** Requests of one cell that may be refused entirely before its code is stopped. */
const REFUSED_REQUESTS = 100;
/**
 * Characters of refused calls that one cell may send before its code is stopped: the host still has to receive them.
 */
const REFUSED_CHARACTERS = 256 << 20;

/** Calls of one cell that may fail one after another for the same lasting reason before its code is stopped. */
const FAILED_CALLS = 25;
/** Failures that no repetition changes. */
const LASTING: readonly (FailureCategory | undefined)[] = ['auth', 'bad-request', 'model-not-found'];

/** Calls of one cell: how many were admitted, which were refused, and when its code has to stop. */
export class CellCalls {
	readonly nodeId: string;
	readonly startedAt: number;
	/** Calls admitted. */
	made = 0;
	#refused = 0;
	#repeats = 0;
	#refusedRequests = 0;
	#refusedCharacters = 0;
	#why = '';
	#failedInRow = 0;
	#lastFailure: FailureCategory | undefined;
	#failedBecause: string | undefined;
	/** Where the last partly refused batch was cut. */
	#cut: { readonly asked: number; readonly size: number } | undefined;
	readonly #cutReplies = { length: 0, repetition: 0 };
	#failures = 0;
	/** A prompt that holds nothing but what the code itself says. */
	#emptyHanded: string | undefined;
	readonly #code: string;
	readonly #open = new Set<Promise<unknown>>();
	readonly #over = new AbortController();
	readonly #stop = new AbortController();

	constructor(nodeId: string, startedAt: number, code: string) {
		this.nodeId = nodeId;
		this.startedAt = startedAt;
		this.#code = code;
	}

	/** Looks at a call before it is made: a model that gets no text of the context can only invent. */
	look({ kind, prompt, context, spans }: SubQuery): void {
		if (kind !== 'llm' || context !== undefined || spans.length > 0 || this.#emptyHanded !== undefined) return;
		// A prompt much longer than the code holds something else, or repeats it: not worth the search.
		if (prompt.length > Math.min(2 * this.#code.length, LONGEST_LOOKED_AT)) return;
		const lines = new Set(prompt.split('\n').map((line) => line.trim()));
		if (lines.size > MOST_LINES_LOOKED_AT) return;
		if ([...lines].every((line) => this.#code.includes(line))) this.#emptyHanded = prompt;
	}

	/** Whether a call failed or was refused. */
	get hasFailures(): boolean {
		return this.#failures > 0 || this.#refused > 0;
	}

	/** Fires when the cell has ended and nobody reads the replies of its calls. */
	get over(): AbortSignal {
		return this.#over.signal;
	}

	/** Fires when the code keeps asking although everything is refused or fails. */
	get stop(): AbortSignal {
		return this.#stop.signal;
	}

	/** Tracks a call until it ends. The promise must not reject. */
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

	/** Notes how a call ended that was made. @param failure absent when it was answered */
	ended(failure: FailureCategory | undefined, why: string): void {
		if (failure === 'cancelled') return;
		if (failure !== undefined) this.#failures++;
		this.#failedInRow = failure === this.#lastFailure ? this.#failedInRow + 1 : 1;
		this.#lastFailure = failure;
		if (!LASTING.includes(failure) || this.#failedInRow < FAILED_CALLS) return;
		this.#failedBecause ??= why;
		this.#stop.abort();
	}

	/** Counts a reply that is not whole although code set no bound. */
	cutShort(why: 'length' | 'repetition'): void {
		this.#cutReplies[why]++;
	}

	/** Counts a call answered from the memo. @returns whether it becomes an event */
	repeat(): boolean {
		return ++this.#repeats <= SHOWN_REPEATS;
	}

	/**
	 * Counts the calls of one request.
	 * @param refused calls refused immediately
	 * @param cut how many of those were the end of a batch for which there was no room
	 */
	noteRequest(size: number, refused: number, cut: number): void {
		if (cut > 0 && size > 1) this.#cut = { asked: size - cut, size };
		if (refused === size && ++this.#refusedRequests >= REFUSED_REQUESTS) this.#stop.abort();
	}

	/** Cancels open calls and waits until they have ended. */
	async end(): Promise<void> {
		this.#over.abort();
		await Promise.all(this.#open);
	}

	/** What the model is told about its calls: refused, cut, or asked without any text. */
	get notes(): string[] {
		return [this.#noteOfRefused(), this.#noteOfCut(), this.#noteOfEmptyHanded()].filter((note) => note !== undefined);
	}

	#noteOfCut(): string | undefined {
		const { length, repetition } = this.#cutReplies;
		if (length + repetition === 0) return undefined;
		const why = [
			...(length > 0 ? [`${length} reached the longest reply allowed`] : []),
			...(repetition > 0 ? [`${repetition} only repeated themselves`] : []),
		];
		return `Replies were cut: ${why.join(', ')}. Ask for less at a time, or for more with max_tokens.`;
	}

	#noteOfRefused(): string | undefined {
		if (this.#refused === 0) return undefined;
		const calls = this.#refused === 1 ? '1 call of this cell was' : `${this.#refused} calls of this cell were`;
		const items = this.#cut === undefined ? '' : ` (the last one: ${itemsOf(this.#cut)})`;
		return `${calls} not asked${items}: ${this.#why}. The replies in their place begin with "Error: not asked".`;
	}

	#noteOfEmptyHanded(): string | undefined {
		if (this.#emptyHanded === undefined) return undefined;
		const prompt = this.#emptyHanded.replace(/\s+/g, ' ').slice(0, 60);
		return `A model was asked "${prompt}…" and was given no text of the context, so its reply is invented. It sees nothing but its prompt; put the text in: llm_query(question + "\\n\\n" + text)`;
	}

	/** Why the code was stopped, as the cell's error. */
	get stopMessage(): string {
		if (this.#failedBecause !== undefined) {
			return `the cell was stopped, because ${FAILED_CALLS} calls in a row failed: ${this.#failedBecause} Further calls would fail as well; go on without them, or hand in the answer.`;
		}
		return `the cell was stopped, because it kept asking after ${this.#refused} calls had been refused: ${this.#why}. Go on without further calls, or hand in the answer.`;
	}
}

function itemsOf({ asked, size }: { readonly asked: number; readonly size: number }): string {
	return `of a batch of ${size}, items ${asked} to ${size - 1}`;
}
