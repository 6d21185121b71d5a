import type { Context } from '../../core/ports/context.ts';
import type { HostMessage } from '../../protocol/sandboxFrames.ts';
import type { VaultFiles } from './vaultFolder.ts';

/** What a thread that owns one vault is started with. */
export interface SandboxWorkerData {
	readonly control: SharedArrayBuffer;
}

/** What a session brings to a vault that is up. */
export interface SessionData {
	readonly contexts: readonly Context[];
	/** Cap of linear memory, bytes. */
	readonly memoryBytes: number;
	/** A checkpoint of another session to go on from. */
	readonly checkpoint: SharedArrayBuffer | undefined;
	/** Larger checkpoints are not taken, bytes; absent: the usual limit. */
	readonly checkpointBytes?: number;
}

/** What the host sends, in this order: the files once, a session once, then commands and answers. */
export type WorkerInput = { readonly files: VaultFiles } | { readonly session: SessionData } | HostMessage;
