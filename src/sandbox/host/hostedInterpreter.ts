import type { SandboxError, SandboxFailure } from '../../core/errors.ts';
import type { IsolationLayer } from '../../core/ports/sandbox.ts';
import { FrameExchange } from './frameExchange.ts';
import type { CommandResult, Interpreter, InterpreterOptions } from './interpreter.ts';

/** What a thread and a process have in common: everything except how bytes travel. */
export abstract class HostedInterpreter implements Interpreter {
	protected readonly exchange = new FrameExchange(() => this.end());
	/** Resolves when it is gone. */
	protected abstract readonly gone: Promise<void>;

	get loss(): SandboxError | undefined {
		return this.exchange.loss;
	}

	get layers(): readonly IsolationLayer[] {
		return this.exchange.layers;
	}

	get checkpoint(): SharedArrayBuffer | undefined {
		return this.exchange.checkpoint;
	}

	settled(): Promise<void> {
		return this.exchange.settled();
	}

	/** Assigns it to a session, once: with its texts, its limits, and a checkpoint if there is one. */
	begin(options: InterpreterOptions): void {
		this.exchange.begin(options);
		if (!this.loss) this.sendSession(options);
	}

	run(header: object, payload: Uint8Array): Promise<CommandResult> {
		// While a command runs, it keeps the host alive; a forgotten sandbox must not.
		this.setReferenced(true);
		const result = this.exchange.command(() => this.post(0, header, payload));
		return result.finally(() => this.setReferenced(false));
	}

	reply(request: number, header: object, payload: Uint8Array): void {
		if (!this.loss) this.post(request, header, payload);
	}

	async kill(reason: SandboxFailure, message: string): Promise<void> {
		this.exchange.lose(reason, message);
		this.setReferenced(true);
		await this.gone;
	}

	abstract interrupt(): void;
	protected abstract sendSession(options: InterpreterOptions): void;
	/** Sends a command, number 0, or the answer to a request. */
	protected abstract post(request: number, header: object, payload: Uint8Array): void;
	/** Sets whether it keeps this process alive. */
	protected abstract setReferenced(isReferenced: boolean): void;
	/** Ends it without waiting; called once. */
	protected abstract end(): void;
}
