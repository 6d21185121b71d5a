import { FrameError, HEADER_BYTES, PAYLOAD_BYTES } from '../../protocol/sandboxFrames.ts';

const LENGTHS_BYTES = 8;

/** Cuts a stream of bytes into frames. Memory is taken for what a frame announces, and that is bounded. */
export class FrameReader {
	readonly #onFrame: (frame: Uint8Array) => void;
	#target = new Uint8Array(LENGTHS_BYTES);
	#filled = 0;

	constructor(onFrame: (frame: Uint8Array) => void) {
		this.#onFrame = onFrame;
	}

	/** @throws FrameError when a frame announces more than is allowed */
	push(chunk: Uint8Array): void {
		for (let rest = chunk; rest.length > 0; ) {
			const piece = rest.subarray(0, this.#target.length - this.#filled);
			this.#target.set(piece, this.#filled);
			this.#filled += piece.length;
			rest = rest.subarray(piece.length);
			if (this.#filled === this.#target.length) this.#complete();
		}
	}

	#complete(): void {
		if (this.#target.length === LENGTHS_BYTES) {
			const rest = announcedLength(this.#target);
			if (rest > 0) {
				this.#extend(rest);
				return;
			}
		}
		const frame = this.#target;
		this.#target = new Uint8Array(LENGTHS_BYTES);
		this.#filled = 0;
		this.#onFrame(frame);
	}

	#extend(bytes: number): void {
		const whole = new Uint8Array(LENGTHS_BYTES + bytes);
		whole.set(this.#target);
		this.#target = whole;
	}
}

function announcedLength(lengths: Uint8Array): number {
	const view = new DataView(lengths.buffer);
	const [header, payload] = [view.getUint32(0, true), view.getUint32(4, true)];
	if (header > HEADER_BYTES || payload > PAYLOAD_BYTES) throw new FrameError('a frame is too large');
	return header + payload;
}
