import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { reasonOf, SandboxError } from '../../../core/errors.ts';
import type { Context } from '../../../core/ports/context.ts';
import { FrameReader } from '../../../protocol/frameReader.ts';
import { encodeFrame } from '../../../protocol/sandboxFrames.ts';
import {
	type BootHeader,
	CHANNEL_DESCRIPTOR,
	type IdleHeader,
	LOOK_FOR_INTERRUPT,
	type MessageHeader,
} from '../../shared/processMessages.ts';
import { HostedInterpreter } from '../hostedInterpreter.ts';
import type { InterpreterOptions } from '../interpreter.ts';
import { InterruptFile } from './interruptFile.ts';
import type { Launch } from './launch.ts';

/** Kept part of the error output, for the message when a process dies. Characters. */
const ERROR_CHARACTERS = 2000;

/** Time after which whoever requested this process has given it a session. ms */
const REHEARSAL_DELAY_MS = 30;

export interface ProcessOptions {
	readonly launch: Launch;
	readonly vaultFolder: string;
}

/** An interpreter in a separate process, which has only its end of a socket pair and a file to check. */
export class SandboxProcess extends HostedInterpreter {
	readonly #child: ChildProcess;
	readonly #channel: Socket;
	readonly #interrupts: InterruptFile;
	protected readonly gone: Promise<void>;
	#rehearsal: NodeJS.Timeout | undefined;
	#errors = '';

	private constructor({ launch, vaultFolder }: ProcessOptions) {
		super();
		const { exchange } = this;
		this.#interrupts = new InterruptFile();
		this.#child = this.#spawn(launch);
		this.#channel = this.#child.stdio[CHANNEL_DESCRIPTOR] as Socket;
		const reader = new FrameReader();
		this.#channel.on('data', (chunk) => exchange.receive(reader.push(chunk)));
		// The end of the process says why the channel closed.
		this.#channel.on('error', () => undefined);
		this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
			this.#errors = (this.#errors + text).slice(0, ERROR_CHARACTERS);
		});
		this.gone = new Promise((resolve) => {
			this.#child.once('error', (error) => {
				exchange.lose('start', error.message);
				resolve();
			});
			// "close" comes when every process that holds the other ends has ended.
			this.#child.once('close', (code, signal) => {
				exchange.lose(isOutOfMemory(this.#errors) ? 'memory' : 'crashed', this.#describeEnd(code ?? signal));
				this.#interrupts.dispose();
				resolve();
			});
		});
		this.#send({ vaultFolder } satisfies BootHeader);
	}

	/** Starts a process and waits until its interpreter is up, still unassigned. @throws SandboxError */
	static async start(options: ProcessOptions): Promise<SandboxProcess> {
		let process: SandboxProcess;
		try {
			process = new SandboxProcess(options);
		} catch (error) {
			throw new SandboxError('start', `the sandbox cannot start: ${reasonOf(error)}`, { cause: error });
		}
		try {
			await process.exchange.started();
			// A forgotten sandbox must not keep the command line from ending.
			process.setReferenced(false);
			process.#rehearsal = setTimeout(() => process.#send({ rehearse: true }), REHEARSAL_DELAY_MS).unref();
			return process;
		} catch (error) {
			await process.kill('start', 'Python did not start');
			throw error;
		}
	}

	interrupt(): void {
		if (this.loss) return;
		this.#interrupts.interrupt();
		this.post(LOOK_FOR_INTERRUPT, {}, new Uint8Array());
	}

	protected sendSession({ contexts, memoryBytes, checkpoint }: InterpreterOptions): void {
		clearTimeout(this.#rehearsal);
		const texts = contexts.map(bytesOf);
		this.#send({
			memoryBytes,
			contexts: contexts.map((context, index) => ({ fields: fieldsOf(context), bytes: texts[index]?.length ?? 0 })),
			checkpointBytes: checkpoint?.byteLength ?? 0,
		});
		for (const text of texts) if (text.length > 0) this.#channel.write(text);
		if (checkpoint) this.#channel.write(new Uint8Array(checkpoint));
	}

	protected post(request: number, header: object, payload: Uint8Array): void {
		const message: MessageHeader = { request, interrupts: this.#interrupts.count, header };
		this.#channel.write(encodeFrame(message, payload));
	}

	protected setReferenced(isReferenced: boolean): void {
		for (const handle of [this.#child, this.#channel, this.#child.stderr as Socket | null]) {
			if (isReferenced) handle?.ref();
			else handle?.unref();
		}
	}

	protected end(): void {
		clearTimeout(this.#rehearsal);
		this.#child.kill('SIGKILL');
	}

	#send(header: BootHeader | IdleHeader): void {
		this.#channel.write(encodeFrame(header));
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
