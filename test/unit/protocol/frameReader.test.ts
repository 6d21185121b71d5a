import { describe, expect, it } from 'vitest';
import { FrameReader } from '../../../src/protocol/frameReader.ts';
import { encodeFrame, FrameError, frameLengths } from '../../../src/protocol/sandboxFrames.ts';

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

	it('is refused at the lengths of a frame, before anything is collected for it', () => {
		const push = (lengths: Uint8Array) => () => [...new FrameReader().push(lengths)];
		expect(push(frameLengths(2 ** 30, 0))).toThrow(FrameError);
		expect(push(frameLengths(2, 2 ** 31))).toThrow(FrameError);
		expect(push(frameLengths(2, 1 << 20))()).toEqual([]);
	});

	it('with a header that is no JSON is refused', () => {
		const bad = Buffer.concat([frameLengths(2, 0), Buffer.from('{{')]);
		expect(() => [...new FrameReader().push(bad)]).toThrow(FrameError);
	});
});
