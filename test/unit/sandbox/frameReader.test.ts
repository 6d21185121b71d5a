import { expect, it } from 'vitest';
import {
	encodeFrame,
	FrameError,
	frameLengths,
	HEADER_BYTES,
	PAYLOAD_BYTES,
} from '../../../src/protocol/sandboxFrames.ts';
import { FrameReader } from '../../../src/sandbox/process/frameReader.ts';

const frames = [
	encodeFrame({ op: 'ready' }),
	encodeFrame({ op: 'output' }, Buffer.from('some text')),
	frameLengths(0, 0),
	encodeFrame({}, new Uint8Array(1000)),
];

it.each([1, 7, 8, 9, 100_000])('cuts a stream into frames, whatever pieces of %i bytes it comes in', (size) => {
	const stream = Buffer.concat(frames);
	const read: Uint8Array[] = [];
	const reader = new FrameReader((frame) => read.push(frame));
	for (let at = 0; at < stream.length; at += size) reader.push(stream.subarray(at, at + size));
	expect(read.map((frame) => Buffer.from(frame))).toEqual(frames.map((frame) => Buffer.from(frame)));
});

it.each([
	[HEADER_BYTES + 1, 0],
	[0, PAYLOAD_BYTES + 1],
	[2 ** 32 - 1, 2 ** 32 - 1],
])('takes no memory for a frame of %i and %i bytes', (header, payload) => {
	const reader = new FrameReader(() => expect.unreachable('there is no whole frame'));
	expect(() => reader.push(frameLengths(header, payload))).toThrow(FrameError);
});
