import { decodeFrame, type Frame, FrameError, HEADER_BYTES, LENGTHS_BYTES, PAYLOAD_BYTES } from './sandboxFrames.ts';

/**
 * Splits a stream of bytes into frames. Holds at most one frame, in one buffer of the announced size, so that many
 * small pieces cost no more than one large one.
 */
export class FrameReader {
	#target = new Uint8Array(LENGTHS_BYTES);
	#filled = 0;

	/** Returns the frames completed by this piece, in order. @throws FrameError, also when a frame announces too much */
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

	/**
	 * Allocates the buffer once the lengths are known. They are checked first: a peer cannot make us allocate more than a
	 * frame may have.
	 */
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
