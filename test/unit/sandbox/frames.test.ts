import { describe, expect, it } from 'vitest';
import {
	checkPythonHeader,
	checkWorkerHeader,
	decodeFrame,
	decodeResult,
	encodeFrame,
	FrameError,
	frameLengths,
	HEADER_BYTES,
	PAYLOAD_BYTES,
} from '../../../src/protocol/sandboxFrames.ts';

describe('a frame', () => {
	it('survives encoding and decoding', () => {
		const frame = encodeFrame({ op: 'budget', text: 'ü' }, Uint8Array.of(1, 2, 3));
		expect(decodeFrame(frame)).toEqual({ header: { op: 'budget', text: 'ü' }, payload: Uint8Array.of(1, 2, 3) });
	});

	const lengths = (header: number, payload: number, rest = 0) =>
		Buffer.concat([frameLengths(header, payload), Buffer.alloc(rest)]);
	it.each([
		['shorter than its lengths', Buffer.alloc(7)],
		['shorter than it says', lengths(2, 10, 5)],
		['longer than it says', lengths(0, 0, 1)],
		['with a huge header', lengths(HEADER_BYTES + 1, 0)],
		['with a huge payload', lengths(0, PAYLOAD_BYTES + 1)],
		['with a header that is no JSON', Buffer.concat([frameLengths(1, 0), Buffer.from('{')])],
		['with a header that is no UTF-8', Buffer.concat([frameLengths(3, 0), Buffer.from([0x22, 0xff, 0x22])])],
		['with an empty header', lengths(0, 0)],
	])('is refused when it is %s', (_what, bytes) => {
		expect(() => decodeFrame(bytes)).toThrow(FrameError);
	});
});

describe('a header', () => {
	it('keeps only the fields that its operation has', () => {
		const header = JSON.parse('{"op": "cancel", "ids": [1], "__proto__": {"polluted": 1}, "more": 1}');
		expect(checkPythonHeader(header)).toEqual({ op: 'cancel', ids: [1] });
	});

	it.each([
		null,
		[],
		{},
		{ op: 'constructor' },
		{ op: 'cancel', ids: [-1] },
		{ op: 'cancel', ids: [1.5] },
		{ op: 'wait', ids: [], needsAll: true, timeoutMs: Number.NaN },
		{ op: 'submit', calls: [{ id: 1, kind: 'other', promptBytes: 0 }] },
		{ op: 'submit', calls: [{ id: 1, kind: 'llm', promptBytes: PAYLOAD_BYTES + 1 }] },
		{ op: 'output', stream: 'stdin' },
		{ op: 'tool', name: 'x'.repeat(501) },
	])('of another shape is refused: %j', (header) => {
		expect(() => checkPythonHeader(header)).toThrow(FrameError);
	});

	it('of the worker is refused when Python sends it', () => {
		const ready = { op: 'ready', layers: ['imports', 'realm'] };
		expect(checkWorkerHeader(ready)).toEqual(ready);
		expect(() => checkPythonHeader(ready)).toThrow(FrameError);
	});
});

describe('a result', () => {
	it('is read by the command that it answers', () => {
		expect(decodeResult('memory', Buffer.from('{"json": "{}"}'))).toEqual({ json: '{}' });
		expect(() => decodeResult('cell', Buffer.from('{"json": "{}"}'))).toThrow(FrameError);
	});

	it('that is a failure of the runtime is an error with its message', () => {
		expect(() => decodeResult('setup', Buffer.from('{"failure": "KeyError: x"}'))).toThrow('KeyError: x');
	});
});
