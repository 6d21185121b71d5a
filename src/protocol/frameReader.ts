import { decodeFrame, type Frame, FrameError, HEADER_BYTES, LENGTHS_BYTES, PAYLOAD_BYTES } from './sandboxFrames.ts';

/**
 * Cuts a stream of bytes into frames. Never holds more than one frame, in one piece of memory that is as large as the
 * frame announces: many small pieces cost no more than one large one.
 */
export class FrameReader {
	#target = new Uint8Array(LENGTHS_BYTES);
	#filled = 0;

	/** The frames that this piece completes, in order. @throws FrameError, also when one announces too much */
	*push(piece: Uint8Array): Generator<Frame, void, undefined> {
		for (let rest = piece; rest.length > 0; ) {
			const part = rest.subarray(0, this.#target.length - this.#filled);
			this.#target.set(part, this.#filled);
			this.#filled += part.length;
			rest = rest.subarray(part.length);
			if (this.#filled === LENGTHS_BYTES) this.#makeRoom();
			if (this.#filled === this.#target.length) yield decodeFrame(this.#take());
		}
	}

	/** Once the lengths are known. They are checked first: a peer cannot make us take more than a frame may have. */
	#makeRoom(): void {
		const view = new DataView(this.#target.buffer);
		const [headerLength, payloadLength] = [view.getUint32(0, true), view.getUint32(4, true)];
		if (headerLength > HEADER_BYTES) throw new FrameError('the header of a frame is too large');
		if (payloadLength > PAYLOAD_BYTES) throw new FrameError('the payload of a frame is too large');
		const whole = new Uint8Array(LENGTHS_BYTES + headerLength + payloadLength);
		whole.set(this.#target);
		this.#target = whole;
	}

	#take(): Uint8Array {
		const frame = this.#target;
		this.#target = new Uint8Array(LENGTHS_BYTES);
		this.#filled = 0;
		return frame;
	}
}
