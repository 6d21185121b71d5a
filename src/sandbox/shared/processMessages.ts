/** File descriptors of a sandbox process: frames both ways, and a file that the host lengthens to interrupt. */
export const CHANNEL_DESCRIPTOR = 3;
export const INTERRUPT_DESCRIPTOR = 4;

/** First message to a sandbox process. */
export interface BootHeader {
	readonly vaultFolder: string;
}

/** A message to a process that is up and unassigned. */
export type IdleHeader = { readonly rehearse: true } | SessionHeader;

/** Assigns it to a session, once. The bytes that `contexts` announce follow, then the checkpoint. */
export interface SessionHeader {
	/** Cap of linear memory. Bytes. */
	readonly memoryBytes: number;
	/** Contexts without their bytes, and the number of bytes of each that follow. */
	readonly contexts: readonly { readonly fields: object; readonly bytes: number }[];
	/** 0 for none. */
	readonly checkpointBytes: number;
}

/** Every later message. */
export interface MessageHeader {
	/** Number of the request that this answers; 0 for a command, -1 to check for an interrupt. */
	readonly request: number;
	/** Number of interrupts that the host had sent by then; those are over. */
	readonly interrupts: number;
	readonly header: object;
}

export const LOOK_FOR_INTERRUPT = -1;
