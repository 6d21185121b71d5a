import type { Context } from '../../core/ports/context.ts';
import type { HostMessage } from '../../protocol/sandboxFrames.ts';
import type { VaultFiles } from './vaultFolder.ts';

/** Input of a thread that owns one vault. */
export interface SandboxWorkerData {
	readonly control: SharedArrayBuffer;
}

/** What a session brings to a running vault. */
export interface SessionData {
	readonly contexts: readonly Context[];
	/** Cap of linear memory. Bytes. */
	readonly memoryBytes: number;
	/** A checkpoint of another session to continue from. */
	readonly checkpoint: SharedArrayBuffer | undefined;
	/** Maximum size of a checkpoint; the usual limit when absent. Bytes. */
	readonly checkpointBytes?: number;
}

/** Messages of the host, in this order: the files once, a session once, then commands and answers. */
export type WorkerInput = { readonly files: VaultFiles } | { readonly session: SessionData } | HostMessage;
