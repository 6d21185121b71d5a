/** File descriptors of a sandbox process: frames both ways, and a file that the host makes longer to interrupt. */
export const CHANNEL_DESCRIPTOR = 3;
export const INTERRUPT_DESCRIPTOR = 4;

/** First message to a sandbox process. */
export interface BootHeader {
	readonly vaultFolder: string;
}

/** A message to a process that is up and serves nobody yet. */
export type IdleHeader = { readonly rehearse: true } | SessionHeader;

/** Makes it that of a session, once. The bytes that `contexts` announce follow, then the checkpoint. */
export interface SessionHeader {
	/** Cap of linear memory, bytes. */
	readonly memoryBytes: number;
	/** Contexts without their bytes, and how many bytes of each follow. */
	readonly contexts: readonly { readonly fields: object; readonly bytes: number }[];
	/** 0 for none. */
	readonly checkpointBytes: number;
}

/** Every later message. */
export interface MessageHeader {
	/** Number of the request that is answered; 0 for a command, -1 to look for an interrupt. */
	readonly request: number;
	/** How often the host had interrupted when it sent this: those are over. */
	readonly interrupts: number;
	readonly header: object;
}

export const LOOK_FOR_INTERRUPT = -1;
