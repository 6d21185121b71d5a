import { reasonOf } from '../../core/errors.ts';
import type { QueryReply, SandboxHost, SubQuery } from '../../core/ports/sandbox.ts';
import { present } from '../../core/present.ts';
import { decodeCallForm } from '../../protocol/callForm.ts';
import type { PythonHeader } from '../../protocol/sandboxFrames.ts';

type SubmitHeader = Extract<PythonHeader, { op: 'submit' }>;
/** A call whose texts are in a payload. Ids have no meaning here. */
type DescribedCall = Omit<SubmitHeader['calls'][number], 'id'>;
type WaitHeader = Extract<PythonHeader, { op: 'wait' }>;

/** Calls that were submitted together; one signal covers all of them. */
interface Group {
	readonly controller: AbortController;
	open: number;
}

interface Entry {
	readonly group: Group;
	reply?: QueryReply;
}

interface Waiter {
	readonly request: number;
	readonly ids: readonly number[];
	readonly needsAll: boolean;
	readonly missing: Set<number>;
	readonly timer: NodeJS.Timeout | undefined;
	isFinishing: boolean;
}

/** Answers a blocking request of the interpreter. */
export type ReplySink = (request: number, header: object, payload: Uint8Array) => void;

/** Maximum open calls per cell: code can submit calls without ever waiting for them. */
const UNTAKEN_CALLS = 250_000;
/** Longest time that a timer can count. ms */
const LONGEST_MS = 2 ** 31 - 1;

const utf8 = new TextDecoder();
const ENDED: QueryReply = { text: 'the cell that made this call has ended', failure: 'cancelled' };

/** Keeps the model calls of a cell: starts them, holds replies until code asks for them, abandons them at its end. */
export class CallDesk {
	readonly #host: () => SandboxHost;
	readonly #reply: ReplySink;
	readonly #entries = new Map<number, Entry>();
	#waiter: Waiter | undefined;

	/** @param host the current host: a REPL may pass from run to run */
	constructor(host: () => SandboxHost, reply: ReplySink) {
		this.#host = host;
		this.#reply = reply;
	}

	/** @throws RangeError when lengths do not fit the payload, an id is used twice, or there are too many calls */
	submit(header: SubmitHeader, payload: Uint8Array): void {
		const queries = readQueries(header, payload);
		if (this.#entries.size + queries.length > UNTAKEN_CALLS)
			throw new RangeError('too many calls of one cell are open');
		const group: Group = { controller: new AbortController(), open: queries.length };
		for (const { id } of header.calls) {
			if (this.#entries.has(id)) throw new RangeError(`call ${id} was submitted twice`);
			this.#entries.set(id, { group });
		}
		const replies = this.#ask(queries, group.controller.signal);
		header.calls.forEach(({ id }, index) => {
			const settle = (reply: QueryReply) => this.#settle(id, group, reply);
			(replies[index] ?? Promise.resolve(ENDED)).then(settle, (error: unknown) => settle(defect(error)));
		});
	}

	/** A bug in the host fails the calls, not the sandbox. */
	#ask(queries: readonly SubQuery[], signal: AbortSignal): readonly Promise<QueryReply>[] {
		try {
			return this.#host().query(queries, signal);
		} catch (error) {
			return queries.map(async () => defect(error));
		}
	}

	/** Submits calls and waits for their replies at once. */
	waitForAll({ request, calls }: SubmitHeader): void {
		this.wait({ op: 'wait', request, ids: calls.map(({ id }) => id), needsAll: true, timeoutMs: null });
	}

	wait(header: WaitHeader): void {
		this.#dropWaiter();
		const request = header.request ?? 0;
		const missing = new Set(header.ids.filter((id) => this.#entries.has(id) && !this.#entries.get(id)?.reply));
		const finish = () => this.#finish(waiter);
		const waiter: Waiter = {
			request,
			ids: header.ids,
			needsAll: header.needsAll,
			missing,
			timer: header.timeoutMs === null ? undefined : setTimeout(finish, Math.min(header.timeoutMs, LONGEST_MS)),
			isFinishing: false,
		};
		this.#waiter = waiter;
		this.#finishIfDone(waiter);
	}

	cancel(ids: readonly number[]): void {
		for (const id of ids) {
			const entry = this.#entries.get(id);
			this.#entries.delete(id);
			if (entry && !entry.reply) this.#close(entry.group);
		}
	}

	/** Abandons every call that is still open. */
	endCell(): void {
		this.#dropWaiter();
		const groups = new Set([...this.#entries.values()].map((entry) => entry.group));
		this.#entries.clear();
		for (const group of groups) group.controller.abort();
	}

	#settle(id: number, group: Group, reply: QueryReply): void {
		const entry = this.#entries.get(id);
		if (entry?.group !== group) return;
		entry.reply = reply;
		group.open--;
		const waiter = this.#waiter;
		if (waiter?.missing.delete(id)) this.#finishIfDone(waiter);
	}

	/** Cancels a group once its last call is abandoned, because nobody waits for it any more. */
	#close(group: Group): void {
		group.open--;
		if (group.open <= 0) group.controller.abort();
	}

	#finishIfDone(waiter: Waiter): void {
		const isDone = waiter.missing.size === 0 || (!waiter.needsAll && waiter.missing.size < waiter.ids.length);
		if (!isDone || waiter.isFinishing) return;
		waiter.isFinishing = true;
		if (waiter.needsAll) {
			this.#finish(waiter);
			return;
		}
		// Replies that arrive together are delivered together.
		setImmediate(() => this.#finish(waiter));
	}

	#finish(waiter: Waiter): void {
		if (this.#waiter !== waiter) return;
		this.#dropWaiter();
		const done = waiter.ids.flatMap((id) => this.#take(id));
		const texts = done.map(({ reply }) => Buffer.from(reply.text));
		const header = {
			done: done.map(({ id, reply }, index) =>
				present({
					id,
					bytes: texts[index]?.length ?? 0,
					failure: reply.failure,
					cut: reply.cut,
					repairs: reply.repairs,
				}),
			),
		};
		this.#reply(waiter.request, header, joined(texts));
	}

	/** Returns the reply of a finished call. An unknown call counts as ended. */
	#take(id: number): { id: number; reply: QueryReply }[] {
		const entry = this.#entries.get(id);
		if (entry && !entry.reply) return [];
		this.#entries.delete(id);
		return [{ id, reply: entry?.reply ?? ENDED }];
	}

	#dropWaiter(): void {
		clearTimeout(this.#waiter?.timer);
		this.#waiter = undefined;
	}
}

/** Copies into one buffer that shares its memory with nothing else, so that it can be transferred. */
function joined(texts: readonly Buffer[]): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(texts.reduce((sum, text) => sum + text.length, 0));
	let offset = 0;
	for (const text of texts) {
		bytes.set(text, offset);
		offset += text.length;
	}
	return bytes;
}

function defect(error: unknown): QueryReply {
	return { text: reasonOf(error), failure: 'child' };
}

/** Reads calls from the header, with their texts from the payload. @throws RangeError when lengths do not match */
export function readQueries(header: { readonly calls: readonly DescribedCall[] }, payload: Uint8Array): SubQuery[] {
	let position = 0;
	const bytes = (length: number): Uint8Array => {
		if (position + length > payload.length) throw new RangeError('a submit frame is shorter than its prompts');
		position += length;
		return payload.subarray(position - length, position);
	};
	const take = (length: number): string => utf8.decode(bytes(length));
	return header.calls.map((call) =>
		present({
			kind: call.kind,
			prompt: take(call.promptBytes),
			context: call.contextBytes === undefined ? undefined : take(call.contextBytes),
			system: call.systemBytes === undefined ? undefined : take(call.systemBytes),
			...(call.formBytes === undefined ? undefined : decodeCallForm(bytes(call.formBytes))),
			model: call.model,
			...call.options,
			spans: call.spans ?? [],
		}),
	);
}
