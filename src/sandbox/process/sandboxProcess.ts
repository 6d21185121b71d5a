import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { Context } from '../../core/context.ts';
import { SandboxError, type SandboxFailure } from '../../core/errors.ts';
import { encodeFrame } from '../../protocol/sandboxFrames.ts';
import { Exchange } from '../exchange.ts';
import type { CommandResult, Interpreter, InterpreterOptions } from '../interpreter.ts';
import { type BootHeader, CHANNEL_DESCRIPTOR, LOOK_FOR_INTERRUPT, type MessageHeader } from './descriptors.ts';
import { FrameReader } from './frameReader.ts';
import { InterruptFile } from './interruptFile.ts';
import type { Launch } from './launch.ts';

/** What is kept of the error output, for the message when a process dies. Characters. */
const ERROR_CHARACTERS = 2000;

export interface ProcessOptions extends InterpreterOptions {
	readonly launch: Launch;
	readonly vaultFolder: string;
}

/** An interpreter in a process of its own, which has nothing but its end of a socket pair and a file to look at. */
export class SandboxProcess implements Interpreter {
	readonly #child: ChildProcess;
	readonly #channel: Socket;
	readonly #interrupts: InterruptFile;
	readonly #exchange: Exchange;
	readonly #closed: Promise<void>;
	#errors = '';

	private constructor(options: ProcessOptions) {
		this.#interrupts = new InterruptFile();
		this.#child = this.#spawn(options.launch);
		this.#channel = this.#child.stdio[CHANNEL_DESCRIPTOR] as Socket;
		const exchange = new Exchange(() => this.#child.kill('SIGKILL'));
		exchange.begin(options);
		this.#exchange = exchange;
		const reader = new FrameReader((frame) => exchange.receive(frame));
		this.#channel.on('data', (chunk) => {
			try {
				if (!exchange.loss) reader.push(chunk);
			} catch (error) {
				exchange.lose('violation', (error as Error).message);
			}
		});
		// The end of the process says why it went.
		this.#channel.on('error', () => undefined);
		this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
			this.#errors = (this.#errors + text).slice(0, ERROR_CHARACTERS);
		});
		this.#closed = new Promise((resolve) => {
			this.#child.once('error', (error) => {
				exchange.lose('start', error.message);
				resolve();
			});
			// "close" comes when every process that holds the other ends is gone.
			this.#child.once('close', (code, signal) => {
				exchange.lose(isOutOfMemory(this.#errors) ? 'memory' : 'crashed', this.#describeEnd(code ?? signal));
				this.#interrupts.dispose();
				resolve();
			});
		});
		this.#boot(options);
	}

	/** Starts a process and waits until its interpreter takes commands. @throws SandboxError */
	static async start(options: ProcessOptions): Promise<SandboxProcess> {
		let process: SandboxProcess;
		try {
			process = new SandboxProcess(options);
		} catch (error) {
			throw new SandboxError('start', `the sandbox cannot start: ${(error as Error).message}`, { cause: error });
		}
		try {
			await process.#exchange.started();
			// A forgotten sandbox must not keep the command line from ending.
			process.#setReferenced(false);
			return process;
		} catch (error) {
			await process.kill('start', 'Python did not start');
			throw error;
		}
	}

	get loss() {
		return this.#exchange.loss;
	}

	get layers() {
		return this.#exchange.layers;
	}

	get checkpoint() {
		return this.#exchange.checkpoint;
	}

	settled(): Promise<void> {
		return this.#exchange.settled();
	}

	run(header: object, payload: Uint8Array): Promise<CommandResult> {
		// While a command runs, the host has something to wait for.
		this.#setReferenced(true);
		const result = this.#exchange.command(() => this.#post(0, header, payload));
		return result.finally(() => this.#setReferenced(false));
	}

	reply(request: number, header: object, payload: Uint8Array): void {
		if (!this.loss) this.#post(request, header, payload);
	}

	interrupt(): void {
		if (this.loss) return;
		this.#interrupts.interrupt();
		this.#post(LOOK_FOR_INTERRUPT, {}, new Uint8Array());
	}

	async kill(reason: SandboxFailure, message: string): Promise<void> {
		this.#exchange.lose(reason, message);
		this.#setReferenced(true);
		await this.#closed;
	}

	#spawn({ command, arguments: rest, environment }: Launch): ChildProcess {
		try {
			return spawn(command, rest, {
				env: environment,
				cwd: '/',
				stdio: ['ignore', 'ignore', 'pipe', 'pipe', this.#interrupts.reader],
				windowsHide: true,
			});
		} finally {
			closeSync(this.#interrupts.reader);
		}
	}

	#boot({ contexts, memoryBytes, checkpoint, vaultFolder }: ProcessOptions): void {
		const texts = contexts.map(bytesOf);
		const header: BootHeader = {
			vaultFolder,
			memoryBytes,
			contexts: contexts.map((context, index) => ({ fields: fieldsOf(context), bytes: texts[index]?.length ?? 0 })),
			checkpointBytes: checkpoint?.byteLength ?? 0,
		};
		this.#channel.write(encodeFrame(header));
		for (const text of texts) if (text.length > 0) this.#channel.write(text);
		if (checkpoint) this.#channel.write(new Uint8Array(checkpoint));
	}

	#post(request: number, header: object, payload: Uint8Array): void {
		const message: MessageHeader = { request, interrupts: this.#interrupts.count, header };
		this.#channel.write(encodeFrame(message, payload));
	}

	#setReferenced(isReferenced: boolean): void {
		for (const handle of [this.#child, this.#channel, this.#child.stderr as Socket | null]) {
			if (isReferenced) handle?.ref();
			else handle?.unref();
		}
	}

	#describeEnd(status: number | string | null): string {
		const [line = ''] = this.#errors.trim().split('\n');
		return `the sandbox process ended with ${status}${line && `: ${line}`}`;
	}
}

function bytesOf(context: Context): Uint8Array {
	return context.kind === 'json' ? new Uint8Array() : new Uint8Array(context.bytes);
}

function fieldsOf(context: Context): object {
	if (context.kind === 'json') return { kind: context.kind, label: context.label };
	const { bytes: _, ...fields } = context;
	return fields;
}

function isOutOfMemory(errors: string): boolean {
	return errors.includes('JavaScript heap out of memory');
}
