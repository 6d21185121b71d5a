import { describe, expect, it } from 'vitest';
import { FrameReader } from '../../../src/protocol/frameReader.ts';
import {
	encodeFrame,
	FrameError,
	frameLengths,
	HEADER_BYTES,
	PAYLOAD_BYTES,
} from '../../../src/protocol/sandboxFrames.ts';

const frames = [
	encodeFrame({ op: 'first' }),
	encodeFrame({ op: 'second' }, Buffer.from('payload')),
	encodeFrame({ op: 'third' }, Buffer.alloc(10_000, 7)),
];

/** Headers and payload lengths of a stream that arrives in pieces of this size. */
function read(stream: Uint8Array, pieceBytes: number): unknown[] {
	const reader = new FrameReader();
	const found: unknown[] = [];
	for (let start = 0; start < stream.length; start += pieceBytes) {
		for (const { header, payload } of reader.push(stream.subarray(start, start + pieceBytes))) {
			found.push([header, payload.length, payload.at(-1)]);
		}
	}
	return found;
}

describe('a stream of frames', () => {
	it.each([1, 7, 8, 9, 100, 4096, 1 << 20])('is the same in pieces of %d bytes', (pieceBytes) => {
		expect(read(Buffer.concat(frames), pieceBytes)).toEqual([
			[{ op: 'first' }, 0, undefined],
			[{ op: 'second' }, 7, 'd'.charCodeAt(0)],
			[{ op: 'third' }, 10_000, 7],
		]);
	});

	it.each([
		[HEADER_BYTES + 1, 0],
		[2, PAYLOAD_BYTES + 1],
		[2 ** 32 - 1, 2 ** 32 - 1],
	])('is refused when it announces %i and %i bytes, before memory is taken for them', (header, payload) => {
		expect(() => [...new FrameReader().push(frameLengths(header, payload))]).toThrow(FrameError);
	});

	it('that ends in the middle of a frame gives none', () => {
		expect([...new FrameReader().push(frameLengths(2, PAYLOAD_BYTES))]).toEqual([]);
	});

	it.each(['{{', ''])('with the header "%s", which is not JSON, is refused', (header) => {
		const bad = Buffer.concat([frameLengths(header.length, 0), Buffer.from(header)]);
		expect(() => [...new FrameReader().push(bad)]).toThrow(FrameError);
	});
});
