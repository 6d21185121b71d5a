import { onAbort } from '../../../core/abort.ts';
import { CancelledError, InputError, SandboxError, throwIfCancelled } from '../../../core/errors.ts';
import type {
	CellLimits,
	CellResult,
	ChangedVariable,
	IsolationLayer,
	Sandbox,
	SandboxOptions,
	SandboxRenewal,
} from '../../../core/ports/sandbox.ts';
import { present } from '../../../core/present.ts';
import { oneLine } from '../../../core/printable.ts';
import {
	checkServerHeader,
	decodeRemote,
	type RemoteCommand,
	type RemoteResult,
	type ServerHeader,
} from '../../../protocol/remoteFrames.ts';
import { type Frame, FrameError } from '../../../protocol/sandboxFrames.ts';
import { finishedCell, variablesOf } from '../cellResult.ts';
import { CommandQueue } from '../commandQueue.ts';
import { areSameContexts } from '../setup.ts';
import { type OutputSink, StreamedOutput } from '../streamedOutput.ts';
import { shown } from './connect.ts';
import { describeRenewal, describeSession } from './describeSession.ts';
import { type Connection, FramedSocket } from './framedSocket.ts';
import { HostDesk } from './hostDesk.ts';

/** Bytes of a text in one frame. */
const PIECE_BYTES = 1 << 20;
/** Silence after which the server counts as gone. ms */
const SILENCE_MS = 30_000;
/** Time that the server may need beyond a cell's own: to kill, to restore, to answer. ms */
const ANSWER_MS = 45_000;
/** Longest time that a timer can count: 2^31 - 1 ms. */
const LONGEST_CELL_MS = 2 ** 31 - 1 - ANSWER_MS;
/** Time that the server may need to answer an abandoned command. ms */
const ABORT_MS = 15_000;

interface Pending {
	resolve(payload: Uint8Array): void;
	reject(error: Error): void;
	readonly output: StreamedOutput | undefined;
}

/** A REPL on a sandbox server. One connection is one session, and both end together on both sides. */
export class RemoteSandbox implements Sandbox {
	readonly #url: string;
	readonly #onDispose: () => void;
	readonly #socket: FramedSocket;
	readonly #desk: HostDesk;
	/** Contexts of the session, for as long as it lives. */
	readonly #contexts: SandboxOptions['contexts'];
	/** Running commands; at most one besides abandoned ones. Opening has the number 0. */
	readonly #pending = new Map<number, Pending>();
	#isolation: readonly IsolationLayer[] = [];
	readonly #queue = new CommandQueue();
	#commands = 0;
	/** Why the session has ended. */
	#loss: SandboxError | undefined;

	/** @param onDispose called when the session has ended */
	constructor(url: string, connection: Connection, options: SandboxOptions, onDispose: () => void) {
		this.#url = shown(url);
		this.#onDispose = onDispose;
		this.#socket = new FramedSocket(connection, {
			silenceMs: SILENCE_MS,
			onFrame: (frame) => this.#receive(frame),
			onEnd: (error) => this.#lose(error),
		});
		this.#contexts = options.contexts;
		this.#desk = new HostDesk(options, (header, payload) => this.#socket.send(header, payload));
	}

	/** Layers that the server reports; this side cannot check them. */
	get isolation(): readonly IsolationLayer[] {
		return this.#isolation;
	}

	/** Sends the texts and waits for the REPL. @throws SandboxError, InputError, CancelledError */
	async open(options: SandboxOptions, signal: AbortSignal): Promise<void> {
		const { description, texts } = describeSession(options);
		const opened = this.#command(0, { op: 'open' }, Buffer.from(JSON.stringify(description)), undefined, signal);
		const sent = this.#upload(texts, signal);
		await Promise.all([opened, sent]);
	}

	execute(code: string, limits: CellLimits, onOutput: OutputSink, signal: AbortSignal): Promise<CellResult> {
		return this.#queue.run(async () => {
			const output = new StreamedOutput(onOutput, limits.outputCharacters);
			const id = ++this.#commands;
			const timeoutMs = Math.min(Math.max(limits.timeoutMs, 0), LONGEST_CELL_MS);
			const giveUp = setTimeout(() => this.#loseUnanswered(), timeoutMs + ANSWER_MS);
			try {
				const header = { op: 'execute', timeoutMs, outputCharacters: limits.outputCharacters };
				const payload = await this.#command(id, header, Buffer.from(code), output, signal);
				return cellResult(this.#decode('execute', payload), limits);
			} finally {
				clearTimeout(giveUp);
				this.#desk.dropAll();
			}
		}, signal);
	}

	async variables(signal: AbortSignal): Promise<readonly ChangedVariable[]> {
		const { variables } = await this.#service('variables', {}, '', signal);
		return variablesOf(variables);
	}

	async variableText(name: string, maxCharacters: number, signal: AbortSignal): Promise<string | undefined> {
		const { text } = await this.#service('variableText', { maxCharacters }, name, signal);
		return text?.slice(0, maxCharacters);
	}

	async setHistory(json: string, signal: AbortSignal): Promise<void> {
		await this.#service('setHistory', {}, json, signal);
	}

	async memory(signal: AbortSignal): Promise<string> {
		const { json } = await this.#service('memory', {}, '', signal);
		return json;
	}

	async renew(renewal: SandboxRenewal, signal: AbortSignal): Promise<boolean> {
		if (this.#loss || !areSameContexts(renewal.contexts, this.#contexts)) return false;
		this.#desk.renew(renewal);
		const { isKept } = await this.#service('renew', {}, JSON.stringify(describeRenewal(renewal)), signal);
		return isKept;
	}

	async dispose(): Promise<void> {
		this.#loss ??= new SandboxError('disposed', 'the sandbox has been disposed of');
		this.#socket.close();
	}

	async #upload(texts: readonly Uint8Array[], signal: AbortSignal): Promise<void> {
		for (const text of texts) {
			for (let start = 0; start < text.length; start += PIECE_BYTES) {
				throwIfCancelled(signal);
				if (this.#loss) return; // whoever waits for the session gets the error
				this.#socket.send({ op: 'piece' }, text.subarray(start, start + PIECE_BYTES));
				await this.#socket.drained();
			}
		}
	}

	/** Runs a command that executes no code of the model. */
	#service<C extends Exclude<RemoteCommand, 'execute'>>(
		command: C,
		fields: object,
		payload: string,
		signal: AbortSignal,
	): Promise<RemoteResult<C>> {
		return this.#queue.run(async () => {
			const giveUp = setTimeout(() => this.#loseUnanswered(), ANSWER_MS);
			try {
				const header = { op: command, ...fields };
				const result = await this.#command(++this.#commands, header, Buffer.from(payload), undefined, signal);
				return this.#decode(command, result);
			} finally {
				clearTimeout(giveUp);
			}
		}, signal);
	}

	/** Sends a command and waits for its result. Forwards an abort, and still waits for the answer. */
	async #command(
		id: number,
		header: object,
		payload: Uint8Array,
		output: StreamedOutput | undefined,
		signal: AbortSignal,
	): Promise<Uint8Array> {
		if (this.#loss) throw this.#loss;
		let giveUp: NodeJS.Timeout | undefined;
		const abort = () => {
			this.#socket.send({ op: 'abort', id });
			giveUp = setTimeout(() => this.#loseUnanswered(), ABORT_MS);
		};
		const answered = new Promise<Uint8Array>((resolve, reject) => {
			this.#pending.set(id, { resolve, reject, output });
		});
		this.#socket.send({ ...header, id }, payload);
		const stopListening = onAbort(signal, abort);
		try {
			return await answered;
		} catch (error) {
			// The next caller learns what became of the session; this one has gone.
			throw signal.aborted ? new CancelledError() : error;
		} finally {
			stopListening();
			clearTimeout(giveUp);
			this.#pending.delete(id);
		}
	}

	#receive({ header: unchecked, payload }: Frame): void {
		const header = checkServerHeader(unchecked);
		switch (header.op) {
			case 'opened':
				this.#isolation = header.isolation;
				this.#endOf(0).resolve(payload);
				break;
			case 'output':
				this.#pendingOf(header.id).output?.add(header.stream, new TextDecoder().decode(payload));
				break;
			case 'done':
				if (header.id === 0) throw new FrameError('a command ended that was not sent');
				this.#endOf(header.id).resolve(payload);
				break;
			case 'failed':
				this.#endOf(header.id).reject(this.#failure(header));
				break;
			case 'drop':
				this.#desk.drop(header.ask);
				break;
			case 'closing':
				throw this.#error('disposed', `ended the session: ${oneLine(header.message)}`, 'Ask again.');
			default:
				// Only the code of a cell may ask; otherwise the server could use our models for itself.
				if (![...this.#pending.values()].some(({ output }) => output)) throw new FrameError('a call outside of a cell');
				this.#desk.ask(header, payload);
		}
	}

	#pendingOf(id: number): Pending {
		const pending = this.#pending.get(id);
		if (!pending) throw new FrameError('an answer to no command');
		return pending;
	}

	/** Nothing more is accepted for a command that has ended. */
	#endOf(id: number): Pending {
		const pending = this.#pendingOf(id);
		this.#pending.delete(id);
		return pending;
	}

	#failure({ kind, reason, message }: Extract<ServerHeader, { op: 'failed' }>): Error {
		if (kind === 'cancelled') return new CancelledError();
		if (kind === 'input') return new InputError(oneLine(message));
		const remedy = kind === 'limit' ? ' Wait until other runs have ended, or raise the limits of the server.' : '';
		const text = `the sandbox server at ${this.#url}: ${oneLine(message)}.${remedy}`;
		return new SandboxError(reason ?? 'start', text);
	}

	#decode<C extends RemoteCommand>(command: C, payload: Uint8Array): RemoteResult<C> {
		try {
			return decodeRemote(command, payload);
		} catch (error) {
			if (!(error instanceof FrameError)) throw error;
			this.#lose(error);
			this.#socket.close();
			throw this.#loss ?? error;
		}
	}

	#loseUnanswered(): void {
		const remedy = 'Check the log of the server, and ask again.';
		this.#lose(this.#error('timeout', 'did not answer in time', remedy));
		this.#socket.close();
	}

	/** Ends the session and tells everybody who waits. */
	#lose(error: Error | undefined): void {
		this.#loss ??= this.#lossOf(error);
		for (const pending of this.#pending.values()) pending.reject(this.#loss);
		this.#desk.dropAll();
		this.#onDispose();
	}

	#lossOf(error: Error | undefined): SandboxError {
		if (error instanceof SandboxError) return error;
		if (error instanceof FrameError || error instanceof RangeError) {
			const remedy = 'Use the same version of rlm on both machines. If they match, do not trust that server.';
			return this.#error('violation', `sent something forbidden (${error.message})`, remedy, error);
		}
		const why = error ? ` (${error.message})` : '';
		const remedy = 'The REPL and its variables are lost. Restart the server if it has stopped, and ask again.';
		return this.#error('crashed', `closed the connection${why}`, remedy, error);
	}

	#error(reason: SandboxError['reason'], problem: string, remedy: string, cause?: unknown): SandboxError {
		return new SandboxError(reason, `The sandbox server at ${this.#url} ${problem}. ${remedy}`, { cause });
	}
}

function cellResult(result: RemoteResult<'execute'>, limits: CellLimits): CellResult {
	const { spans, durationMs, restart, ...cell } = result;
	return present({ ...finishedCell(cell, spans, undefined, limits), durationMs, restart });
}
