import type { SandboxError, SandboxFailure } from '../../core/errors.ts';
import type { Context } from '../../core/ports/context.ts';
import type { IsolationLayer } from '../../core/ports/sandbox.ts';
import type { WorkerHeader } from '../../protocol/sandboxFrames.ts';

/** Options for starting an interpreter. */
export interface InterpreterOptions {
	readonly contexts: readonly Context[];
	/** Cap of linear memory. Bytes. */
	readonly memoryBytes: number;
	/** Memory of an earlier interpreter to continue from. */
	readonly checkpoint: SharedArrayBuffer | undefined;
	/** Receives everything the interpreter asks. Anything it throws ends the interpreter. */
	onFrame(header: WorkerHeader, payload: Uint8Array): void;
}

/** Result of a command, as the interpreter sent it. */
export interface CommandResult {
	readonly header: Extract<WorkerHeader, { op: 'result' }>;
	readonly payload: Uint8Array;
}

/** The host's end of a live interpreter, wherever it runs. Failures inside it reject promises here. */
export interface Interpreter {
	/** Why it is gone; undefined while it lives. */
	readonly loss: SandboxError | undefined;
	/** The layers that it found around itself at start. */
	readonly layers: readonly IsolationLayer[];
	/** Memory after the last command; undefined when it was too large or is not copied yet. */
	readonly checkpoint: SharedArrayBuffer | undefined;
	/** Resolves when `checkpoint` is up to date, or never will be. */
	settled(): Promise<void>;
	/** Runs one command; one at a time. @throws SandboxError when the interpreter ends before the command does */
	run(header: object, payload: Uint8Array): Promise<CommandResult>;
	/** Answers a blocking request. */
	reply(request: number, header: object, payload: Uint8Array): void;
	/** Raises KeyboardInterrupt in running code and wakes it from waiting. */
	interrupt(): void;
	/** Ends it, whatever it is doing, and waits until it has ended. Idempotent. */
	kill(reason: SandboxFailure, message: string): Promise<void>;
}

/** Starts an interpreter that takes commands. @throws SandboxError */
export type StartInterpreter = (options: InterpreterOptions) => Promise<Interpreter>;
