import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame, FrameError } from '../../../src/protocol/sandboxFrames.ts';
import { CorpusDesk } from '../../../src/sandbox/guest/corpusDesk.ts';
import { Device } from '../../../src/sandbox/guest/device.ts';
import { filesOf } from '../../support/sandboxes.ts';

function createDevice() {
	const sent: Uint8Array[] = [];
	const device = new Device({
		send: (frame) => sent.push(frame),
		receive: () => undefined,
		isInterrupted: () => false,
		takeInterrupt: () => false,
	});
	return { device, sent };
}

describe('the device of an interpreter', () => {
	it('ends one that sends more than its host can have read, headers included', () => {
		const { device, sent } = createDevice();
		const text = 'x'.repeat(500);
		const calls = Array.from({ length: 1500 }, (_, id) => ({ id, kind: 'llm', promptBytes: 0, model: text }));
		const frame = encodeFrame({ op: 'submit', calls });
		expect(() => {
			for (let count = 0; count < 1000; count++) device.write(frame);
		}).toThrow(FrameError);
		expect(sent.length * frame.length).toBeLessThanOrEqual(124 << 20);
	});

	it('ends one that sends bytes which are no text where a text should be', () => {
		const { device, sent } = createDevice();
		const call = { id: 1, kind: 'llm', promptBytes: 2 };
		const frames = [
			encodeFrame({ op: 'submit', calls: [call] }, Uint8Array.of(0xff, 0xff)),
			encodeFrame({ op: 'submit', calls: [{ ...call, contextBytes: 1 }] }, Uint8Array.of(65, 65, 0xff)),
			// As a whole it is text, but not where it is cut.
			encodeFrame({ op: 'submit', calls: [call, { ...call, id: 2 }] }, Buffer.from('aéa')),
			encodeFrame({ op: 'tool', name: 'any' }, Uint8Array.of(0x80)),
		];
		for (const frame of frames) expect(() => device.write(frame)).toThrow(FrameError);
		device.write(encodeFrame({ op: 'submit', calls: [call] }, Buffer.from('é')));
		expect(sent).toHaveLength(1);
	});

	it('adds no more places of texts to a header than it has room for', () => {
		const { device, sent } = createDevice();
		const prompt = 'a line of text that stands in many files\n'.repeat(3);
		const files = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`${'folder/'.repeat(20)}${n}.txt`, prompt]));
		device.beginSession(new CorpusDesk([filesOf(files)], () => new Uint8Array()));
		const calls = Array.from({ length: 4000 }, (_, id) => ({ id, kind: 'llm', promptBytes: prompt.length }));
		device.write(encodeFrame({ op: 'submit', calls }, Buffer.from(prompt.repeat(calls.length))));
		const [frame = new Uint8Array()] = sent;
		const { header } = decodeFrame(frame);
		expect(header).toMatchObject({ op: 'submit', calls: expect.any(Array) });
	});
});
