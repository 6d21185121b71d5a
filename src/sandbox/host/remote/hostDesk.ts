import { reasonOf } from '../../../core/errors.ts';
import type { QueryReply, SandboxOptions } from '../../../core/ports/sandbox.ts';
import { present } from '../../../core/present.ts';
import type { ServerHeader } from '../../../protocol/remoteFrames.ts';
import { FrameError } from '../../../protocol/sandboxFrames.ts';
import { readQueries } from '../callDesk.ts';

type Asked = Extract<ServerHeader, { op: 'query' | 'budget' | 'tool' }>;
type Send = (header: object, payload: Uint8Array) => void;

/** Answers what code on a sandbox server asks of its host: model calls, tools, and the remaining budget. */
export class HostDesk {
	#options: Pick<SandboxOptions, 'host' | 'tools'>;
	readonly #send: Send;
	readonly #open = new Map<number, AbortController>();

	constructor(options: Pick<SandboxOptions, 'host' | 'tools'>, send: Send) {
		this.#options = options;
		this.#send = send;
	}

	/** Directs questions to another host from now on. */
	renew(options: Pick<SandboxOptions, 'host' | 'tools'>): void {
		this.dropAll();
		this.#options = options;
	}

	/** Answers a question. @throws FrameError, RangeError when no genuine server would ask it */
	ask(header: Asked, payload: Uint8Array): void {
		if (this.#open.has(header.ask)) throw new FrameError(`question ${header.ask} was asked twice`);
		const controller = new AbortController();
		this.#open.set(header.ask, controller);
		const work = this.#work(header, payload, controller.signal);
		void work.finally(() => this.#open.delete(header.ask));
	}

	/** Abandons a question: nobody waits for the answer any more. */
	drop(ask: number): void {
		this.#open.get(ask)?.abort();
		this.#open.delete(ask);
	}

	/** Abandons all open questions. */
	dropAll(): void {
		for (const ask of [...this.#open.keys()]) this.drop(ask);
	}

	#work(header: Asked, payload: Uint8Array, signal: AbortSignal): Promise<unknown> {
		switch (header.op) {
			case 'query':
				return this.#query(header, payload, signal);
			case 'budget':
				return this.#answer(header.ask, signal, async () => JSON.stringify(await this.#options.host.budget()));
			case 'tool': {
				const { tools } = this.#options;
				const tool = Object.hasOwn(tools, header.name) ? tools[header.name] : undefined;
				if (!tool) throw new FrameError('a tool was called that was not offered');
				return this.#answer(header.ask, signal, () => tool.call(new TextDecoder().decode(payload), signal));
			}
		}
	}

	#query(header: Extract<Asked, { op: 'query' }>, payload: Uint8Array, signal: AbortSignal): Promise<unknown> {
		const replies = this.#options.host.query(readQueries(header, payload), signal);
		return Promise.all(replies.map((reply, index) => this.#reply(header.ask, index, reply, signal)));
	}

	async #reply(ask: number, index: number, reply: Promise<QueryReply>, signal: AbortSignal): Promise<void> {
		const { text, failure, cut, repairs } = await reply.catch(
			(error: unknown): QueryReply => ({ text: reasonOf(error), failure: 'child' }),
		);
		if (!signal.aborted) this.#send(present({ op: 'reply', ask, index, failure, cut, repairs }), Buffer.from(text));
	}

	/** A rejection becomes a Python RuntimeError on the server. */
	async #answer(ask: number, signal: AbortSignal, work: () => Promise<string>): Promise<void> {
		const { error, json } = await work().then(
			(json) => ({ error: undefined, json }),
			(error: unknown) => ({ error: reasonOf(error), json: '' }),
		);
		if (signal.aborted) return;
		this.#send(
			present({ op: 'answer', ask, error: error === undefined ? undefined : error.slice(0, 8000) }),
			Buffer.from(json),
		);
	}
}
