import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { readHotHeader } from '../../../src/protocol/hotHeaders.ts';
import { PAYLOAD_BYTES, pythonHeader } from '../../../src/protocol/sandboxFrames.ts';

const SUBMIT = {
	op: 'submit',
	calls: [
		{ id: 1, kind: 'llm', promptBytes: 3, model: 'm', spans: [{ path: 'a', startLine: 1, endLine: 2 }] },
		{ id: 2, kind: 'rlm', promptBytes: 0, contextBytes: PAYLOAD_BYTES },
		{
			...{ id: 3, kind: 'llm', promptBytes: 1, systemBytes: 2, formBytes: 4 },
			options: { temperature: 0.5, maxTokens: 9, stop: ['END', '\n'] },
		},
	],
	waits: true,
	request: 7,
};
const WAIT = { op: 'wait', ids: [1, 2], needsAll: false, timeoutMs: 5, request: 8 };

/** What hostile code might put where something else belongs. */
const VALUES: readonly unknown[] = [
	...[undefined, null, true, 'x', 'x'.repeat(501), '', 'rlm', 0, -0, -1, 1.5, 2 ** 53, 2 ** 53 - 1, PAYLOAD_BYTES + 1],
	...[Number.NaN, Number.POSITIVE_INFINITY, [], [[]], [1], [-1], [null], {}, { length: 1 }, [{ path: 'a' }], 1n],
];

/** Every header that comes of replacing or adding one field anywhere in it. */
function* mutations(value: unknown): Generator<unknown> {
	yield* VALUES;
	if (typeof value !== 'object' || value === null) return;
	const names = [...Object.keys(value), 'more'];
	for (const name of names) {
		const inner: unknown = Reflect.get(value, name);
		for (const mutated of mutations(inner)) {
			const copy: unknown = Array.isArray(value) ? [...value] : { ...value };
			Reflect.set(copy as object, name, mutated);
			yield copy;
		}
	}
}

describe('headers checked by hand', () => {
	it.each([SUBMIT, WAIT])('are known when they are as they should be: $op', (header) => {
		expect(readHotHeader(header)).toEqual(header);
	});

	it.each([SUBMIT, WAIT])('are what the schema makes of them, or left to the schema: $op', (header) => {
		let known = 0;
		for (const mutated of mutations(header)) {
			const read = readHotHeader(mutated);
			if (read === undefined) continue;
			known++;
			expect(v.safeParse(pythonHeader, mutated)).toMatchObject({ success: true, output: read });
		}
		expect(known).toBeGreaterThan(10);
	});

	it('are copies of their known fields', () => {
		const header = JSON.parse('{"op":"wait","ids":[1],"needsAll":true,"timeoutMs":null,"__proto__":{"x":1},"more":1}');
		const read = readHotHeader(header);
		expect(read).toEqual({ op: 'wait', ids: [1], needsAll: true, timeoutMs: null });
		expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
		expect(readHotHeader({ ...SUBMIT, calls: [{ ...SUBMIT.calls[0], more: 1 }] })).toEqual({
			...SUBMIT,
			calls: [SUBMIT.calls[0]],
		});
	});
});
