import { decodeFrame, type Frame, FrameError, HEADER_BYTES, LENGTHS_BYTES, PAYLOAD_BYTES } from './sandboxFrames.ts';

/** Cuts a stream of bytes into frames. Never holds more than one frame and the piece that is being read. */
export class FrameReader {
	#pieces: Uint8Array[] = [];
	#held = 0;
	/** Bytes of the frame that is being read; known when its lengths have arrived. */
	#wanted: number | undefined;

	/** The frames that this piece completes, in order. The piece must not be changed afterwards. @throws FrameError */
	*push(piece: Uint8Array): Generator<Frame, void, undefined> {
		this.#pieces.push(piece);
		this.#held += piece.length;
		for (;;) {
			if (this.#wanted === undefined && this.#held >= LENGTHS_BYTES) this.#wanted = this.#announcedBytes();
			if (this.#wanted === undefined || this.#held < this.#wanted) return;
			yield decodeFrame(this.#take(this.#wanted));
			this.#wanted = undefined;
		}
	}

	/** Checked before anything is waited for: a peer cannot make us collect more than a frame may have. */
	#announcedBytes(): number {
		const lengths = this.#take(LENGTHS_BYTES);
		this.#pieces.unshift(lengths);
		this.#held += lengths.length;
		const view = new DataView(lengths.buffer, lengths.byteOffset, lengths.byteLength);
		const [headerLength, payloadLength] = [view.getUint32(0, true), view.getUint32(4, true)];
		if (headerLength > HEADER_BYTES) throw new FrameError('the header of a frame is too large');
		if (payloadLength > PAYLOAD_BYTES) throw new FrameError('the payload of a frame is too large');
		return LENGTHS_BYTES + headerLength + payloadLength;
	}

	/** The first bytes; a copy unless they lie in one piece. */
	#take(count: number): Uint8Array {
		const [first] = this.#pieces;
		this.#held -= count;
		if (first && first.length >= count) {
			if (first.length === count) this.#pieces.shift();
			else this.#pieces[0] = first.subarray(count);
			return first.subarray(0, count);
		}
		const all = Buffer.concat(this.#pieces);
		this.#pieces = all.length > count ? [all.subarray(count)] : [];
		return all.subarray(0, count);
	}
}
