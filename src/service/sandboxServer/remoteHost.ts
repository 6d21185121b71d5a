import { onAbort } from '../../core/abort.ts';
import { RlmError } from '../../core/errors.ts';
import type { BudgetLeft, HostTool, QueryReply, SandboxHost, SubQuery } from '../../core/ports/sandbox.ts';
import { present } from '../../core/present.ts';
import { encodeCallForm, hasCallForm } from '../../protocol/callForm.ts';
import { type ClientHeader, decodeRemote, type SessionDescription } from '../../protocol/remoteFrames.ts';
import { FrameError } from '../../protocol/sandboxFrames.ts';

type Send = (header: object, payload?: Uint8Array) => void;

/** A question that code waits on. */
interface Asked {
	readonly reply?: (index: number, reply: QueryReply) => void;
	readonly answer?: (error: string | undefined, payload: Uint8Array) => void;
	drop(): void;
}

const GIVEN_UP: QueryReply = { text: 'the cell that made this call has ended', failure: 'cancelled' };

/** Thrown when the client's tool or budget answered with an error. */
class AnswerError extends RlmError {
	readonly code = 'answer';
}

/** Stands in for the host on the other machine: forwards the questions of code and returns the answers. */
export class RemoteHost implements SandboxHost {
	readonly #send: Send;
	readonly #asked = new Map<number, Asked>();
	#asks = 0;
	/** True while a cell runs: the client answers no code at other times. */
	isCellRunning = false;

	constructor(send: Send) {
		this.#send = send;
	}

	query(queries: readonly SubQuery[], signal: AbortSignal): readonly Promise<QueryReply>[] {
		if (!this.isCellRunning || signal.aborted) return queries.map(async () => GIVEN_UP);
		const ask = ++this.#asks;
		const settlers: ((reply: QueryReply) => void)[] = [];
		const replies = queries.map(() => new Promise<QueryReply>((resolve) => settlers.push(resolve)));
		let open = queries.length;
		this.#asked.set(ask, {
			reply: (index, reply) => {
				const settle = settlers[index];
				if (!settle) throw new FrameError('a reply to an unknown call');
				settle(reply);
				if (--open === 0) this.#asked.delete(ask);
			},
			drop: () => {
				for (const settle of settlers) settle(GIVEN_UP);
			},
		});
		onAbort(signal, () => this.#drop(ask));
		this.#send({ op: 'query', ask, ...encodeCalls(queries) }, encodeTexts(queries));
		return replies;
	}

	async budget(): Promise<BudgetLeft> {
		const json = await this.#ask({ op: 'budget' }, undefined, undefined);
		return decodeRemote('budget', json);
	}

	/** Returns the tools of the client, as the sandbox here calls them. */
	tools(described: SessionDescription['tools']): Readonly<Record<string, HostTool>> {
		return Object.fromEntries(
			described.map(({ name, description }) => {
				const call: HostTool['call'] = async (argumentsJson, signal) => {
					const json = await this.#ask({ op: 'tool', name }, Buffer.from(argumentsJson), signal);
					return new TextDecoder().decode(json);
				};
				return [name, { description, call }];
			}),
		);
	}

	/** Takes an answer of the client and ignores one that comes too late. @throws FrameError */
	receive(header: Extract<ClientHeader, { op: 'reply' | 'answer' }>, payload: Uint8Array): void {
		if (header.ask < 1 || header.ask > this.#asks) throw new FrameError('an answer to an unknown question');
		const asked = this.#asked.get(header.ask);
		if (header.op === 'answer') asked?.answer?.(header.error, payload);
		else {
			const text = new TextDecoder().decode(payload);
			asked?.reply?.(
				header.index,
				present({ text, failure: header.failure, cut: header.cut, repairs: header.repairs }),
			);
		}
	}

	/** Abandons every open question. */
	dropAll(): void {
		for (const ask of [...this.#asked.keys()]) this.#drop(ask);
	}

	async #ask(header: object, payload: Uint8Array | undefined, signal: AbortSignal | undefined): Promise<Uint8Array> {
		if (!this.isCellRunning || signal?.aborted) throw new AnswerError('no cell is running');
		const ask = ++this.#asks;
		return new Promise((resolve, reject) => {
			this.#asked.set(ask, {
				answer: (error, answer) => {
					this.#asked.delete(ask);
					if (error === undefined) resolve(answer);
					else reject(new AnswerError(error));
				},
				drop: () => reject(new AnswerError('the cell has ended')),
			});
			if (signal) onAbort(signal, () => this.#drop(ask));
			this.#send({ ...header, ask }, payload);
		});
	}

	#drop(ask: number): void {
		const asked = this.#asked.get(ask);
		if (!asked) return;
		this.#asked.delete(ask);
		asked.drop();
		this.#send({ op: 'drop', ask });
	}
}

function encodeCalls(queries: readonly SubQuery[]): { calls: object[] } {
	return {
		calls: queries.map((query) => {
			const { kind, prompt, context, system, model, spans, temperature, maxTokens, stop } = query;
			return present({
				kind,
				promptBytes: Buffer.byteLength(prompt),
				contextBytes: context === undefined ? undefined : Buffer.byteLength(context),
				systemBytes: system === undefined ? undefined : Buffer.byteLength(system),
				formBytes: hasCallForm(query) ? Buffer.byteLength(encodeCallForm(query)) : undefined,
				model,
				options: present({ temperature, maxTokens, stop }),
				spans,
			});
		}),
	};
}

function encodeTexts(queries: readonly SubQuery[]): Buffer {
	const texts = queries.flatMap((query) => {
		const { prompt, context = '', system = '' } = query;
		return [prompt, context, system, hasCallForm(query) ? encodeCallForm(query) : ''];
	});
	return Buffer.concat(texts.map((text) => Buffer.from(text)));
}
