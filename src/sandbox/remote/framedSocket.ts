import type { Duplex } from 'node:stream';
import { FrameReader } from '../../protocol/frameReader.ts';
import { encodeFrame, type Frame, FrameError } from '../../protocol/sandboxFrames.ts';

/** Between two signs of life. ms */
const BEAT_MS = 2000;
/** What may wait for a peer that does not read, bytes; two frames of the largest size. */
const UNSENT_BYTES = 128 << 20;

export interface FramedSocketOptions {
	/** A frame has come. What it throws ends the connection. */
	onFrame(frame: Frame): void;
	/** The connection is gone; called once. @param error why, when it did not simply end */
	onEnd(error: Error | undefined): void;
	/** Silence of the other side after which it counts as gone; several times that between its signs of life. ms */
	readonly silenceMs: number;
}

/** Sends and receives frames on a connection, and notices when the other side has vanished without a word. */
export class FramedSocket {
	readonly #socket: Duplex;
	readonly #options: FramedSocketOptions;
	readonly #reader = new FrameReader();
	readonly #beat: NodeJS.Timeout;
	#lastHeard = performance.now();
	#hasEnded = false;

	/** @param head what has been read of the stream already */
	constructor(socket: Duplex, head: Uint8Array, options: FramedSocketOptions) {
		this.#socket = socket;
		this.#options = options;
		this.#beat = setInterval(() => this.#keepAlive(), BEAT_MS);
		socket.on('data', (piece: Uint8Array) => this.#receive(piece));
		socket.on('error', (error) => this.#end(error));
		socket.on('end', () => this.#end(undefined));
		socket.on('close', () => this.#end(undefined));
		if (head.length > 0) socket.unshift(head);
	}

	/** Sends a frame; nothing when the connection is gone. */
	send(header: object, payload?: Uint8Array): void {
		if (this.#hasEnded) return;
		this.#socket.write(encodeFrame(header, payload));
		if (this.#socket.writableLength > UNSENT_BYTES) this.#end(new Error('the other side does not read'));
	}

	/** Resolves when the other side has taken what was sent, or is gone. */
	async drained(): Promise<void> {
		if (this.#hasEnded || !this.#socket.writableNeedDrain) return;
		await new Promise<void>((resolve) => {
			const finish = () => {
				this.#socket.off('drain', finish).off('close', finish);
				resolve();
			};
			this.#socket.on('drain', finish).on('close', finish);
		});
	}

	/** Ends the connection after what was sent so far. */
	close(): void {
		if (this.#hasEnded) return;
		this.#socket.end();
		this.#end(undefined);
	}

	#receive(piece: Uint8Array): void {
		if (this.#hasEnded) return;
		this.#lastHeard = performance.now();
		try {
			for (const frame of this.#reader.push(piece)) {
				this.#options.onFrame(frame);
				if (this.#hasEnded) return;
			}
		} catch (error) {
			this.#end(error instanceof Error ? error : new FrameError(String(error)));
		}
	}

	#keepAlive(): void {
		if (performance.now() - this.#lastHeard > this.#options.silenceMs) {
			this.#end(new Error(`the other side has been silent for ${this.#options.silenceMs / 1000} s`));
		} else this.send({ op: 'beat' });
	}

	#end(error: Error | undefined): void {
		if (this.#hasEnded) return;
		this.#hasEnded = true;
		clearInterval(this.#beat);
		// After `close` what was sent shall still arrive; a peer that then does not close is not waited for.
		if (this.#socket.writableEnded) setTimeout(() => this.#socket.destroy(), this.#options.silenceMs).unref();
		else this.#socket.destroy();
		this.#options.onEnd(error);
	}
}
