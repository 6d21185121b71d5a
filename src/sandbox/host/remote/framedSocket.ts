import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import {
	decodeFrame,
	encodeFrame,
	type Frame,
	FrameError,
	HEADER_BYTES,
	LENGTHS_BYTES,
	PAYLOAD_BYTES,
} from '../../../protocol/sandboxFrames.ts';

/** Heartbeat interval of each side. ms */
const PING_MS = 2000;
/** Maximum bytes queued for a peer that does not read: two frames of the largest size. */
const UNSENT_BYTES = 128 << 20;

/** Options that both sides set for a connection: one message is one frame, without compression. */
export const SOCKET_OPTIONS = {
	maxPayload: LENGTHS_BYTES + HEADER_BYTES + PAYLOAD_BYTES,
	perMessageDeflate: false,
	skipUTF8Validation: true,
} as const;

/** An open WebSocket (RFC 6455) and its underlying connection. */
export interface Connection {
	readonly webSocket: WebSocket;
	/** Any byte on it is a sign of life, also in the middle of a long message. */
	readonly stream: Duplex;
}

export interface FramedSocketOptions {
	/** Called for each frame. Anything it throws ends the connection. */
	onFrame(frame: Frame): void;
	/** Called once when the connection has ended. @param error why, unless it simply closed */
	onEnd(error: Error | undefined): void;
	/** Silence after which the other side counts as gone; several times the heartbeat interval. ms */
	readonly silenceMs: number;
}

/** Sends and receives frames on a WebSocket, and detects a peer that vanished silently. */
export class FramedSocket {
	readonly #socket: WebSocket;
	readonly #options: FramedSocketOptions;
	readonly #beat: NodeJS.Timeout;
	#lastHeard = performance.now();
	/** Resolves when the newest frame has left this machine. */
	#sent: Promise<void> = Promise.resolve();
	#hasEnded = false;

	constructor({ webSocket, stream }: Connection, options: FramedSocketOptions) {
		this.#socket = webSocket;
		this.#options = options;
		this.#beat = setInterval(() => this.#keepAlive(), PING_MS);
		webSocket.binaryType = 'nodebuffer';
		stream.on('data', () => {
			this.#lastHeard = performance.now();
		});
		webSocket.on('message', (data, isBinary) => this.#receive(data, isBinary));
		webSocket.on('error', (error) => this.#end(error));
		webSocket.on('close', () => this.#end(undefined));
	}

	/** Sends a frame; does nothing when the connection has ended. */
	send(header: object, payload?: Uint8Array): void {
		if (this.#hasEnded) return;
		// The end of the connection has its own event, so a frame that cannot be sent needs no report.
		this.#sent = new Promise((resolve) => this.#socket.send(encodeFrame(header, payload), () => resolve()));
		if (this.#socket.bufferedAmount > UNSENT_BYTES) this.#end(new Error('the other side does not read'));
	}

	/** Resolves when everything sent has left this machine, or the connection has ended. */
	drained(): Promise<void> {
		return this.#sent;
	}

	/** Ends the connection after everything sent so far. */
	close(): void {
		this.#end(undefined);
	}

	#receive(data: WebSocket.RawData, isBinary: boolean): void {
		if (this.#hasEnded) return;
		try {
			if (!isBinary || !(data instanceof Uint8Array)) throw new FrameError('a message that is not binary');
			this.#options.onFrame(decodeFrame(data));
		} catch (error) {
			this.#end(error instanceof Error ? error : new FrameError(String(error)));
		}
	}

	#keepAlive(): void {
		if (performance.now() - this.#lastHeard > this.#options.silenceMs) {
			this.#end(new Error(`the other side has been silent for ${this.#options.silenceMs / 1000} s`));
		} else if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
	}

	/** Closes so that sent frames still arrive; does not wait for a peer that does not take part. */
	#end(error: Error | undefined): void {
		if (this.#hasEnded) return;
		this.#hasEnded = true;
		clearInterval(this.#beat);
		if (error) this.#socket.terminate();
		else {
			this.#socket.close();
			setTimeout(() => this.#socket.terminate(), this.#options.silenceMs).unref();
		}
		this.#options.onEnd(error);
	}
}
