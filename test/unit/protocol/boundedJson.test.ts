import { describe, expect, it } from 'vitest';
import { parseBoundedJson } from '../../../src/protocol/boundedJson.ts';
import { checkWorkerHeader, decodeResult, FrameError } from '../../../src/protocol/sandboxFrames.ts';

const parse = (text: string) => parseBoundedJson(Buffer.from(text));
const LONG = 'x'.repeat(100_000);
/** Lists that would take seconds and gigabytes. */
const MANY = `[${'[],'.repeat(1_000_000)}[]]`;

describe('hostile JSON', () => {
	it('is read when it is large because its strings are long', () => {
		const value = { text: `${LONG}"[[[{{{\\`, nested: [[{ a: [] }]], escaped: '\\"['.repeat(50_000) };
		expect(parse(JSON.stringify(value))).toEqual(value);
	});

	it.each([
		['nested deeply', '['.repeat(100_000) + ']'.repeat(100_000)],
		['nested deeply behind a string', `["${LONG}",${'['.repeat(100)}${']'.repeat(100)}]`],
		['of many empty objects', `[${'{},'.repeat(200_000)}{}]`],
		['of many empty lists', `[${'[],'.repeat(200_000)}[]]`],
		['of many numbers', `[${'0,'.repeat(1_100_000)}0]`],
		['cut in a string', `["${LONG}`],
		['no JSON', LONG],
	])('is refused when it is %s', (_what, text) => {
		expect(() => parse(text)).toThrow(FrameError);
	});
});

describe('lists of an interpreter that code has taken over', () => {
	const cell = { stdout: '', stderr: '', printedCharacters: 0, notices: [], changed: [], citations: [] };
	const decode = (fields: object) => () => decodeResult('cell', Buffer.from(JSON.stringify({ ...cell, ...fields })));

	it.each([
		['notices', Array(21).fill('x')],
		['notices', [LONG]],
		['changed', Array(2001).fill({ name: 'x', type: 'int' })],
		['changed', [{ name: LONG, type: 'int' }]],
		['citations', Array(10_001).fill({ path: 'a', startLine: 1, endLine: 1 })],
	])('are refused when there are more %s than ours would send', (name, value) => {
		expect(decode({ [name]: value })).toThrow(FrameError);
		expect(decode({ [name]: [] })).not.toThrow();
	});

	it('drop the JSON of an answer that is invalid or cannot be serialised again', () => {
		const answer = (json: string) =>
			decodeResult('cell', Buffer.from(JSON.stringify({ ...cell, final: { text: 'x', json } })));
		expect(answer('[1]').final?.json).toBe('[1]');
		for (const json of [
			'{broken',
			'',
			`${'['.repeat(30_000)}${']'.repeat(30_000)}`,
			MANY,
			`[${'0,'.repeat(1_100_000)}0]`,
		]) {
			expect(answer(json).final).toEqual({ text: 'x' });
		}
	});

	it('are refused when the memory is not a JSON object', () => {
		const memory = (json: string) => () => decodeResult('memory', Buffer.from(JSON.stringify({ json })));
		for (const json of ['{broken', '[]', '', `{"x":${MANY}}`]) expect(memory(json)).toThrow(FrameError);
		expect(memory('{}')).not.toThrow();
	});

	it('are refused when a frame has more calls than ours would send', () => {
		const ids = Array.from({ length: 4001 }, (_, id) => id);
		const submitted = ids.map((id) => ({ id, kind: 'llm', promptBytes: 0 }));
		for (const header of [
			{ op: 'cancel', ids },
			{ op: 'wait', ids, needsAll: true, timeoutMs: null },
			{ op: 'submit', calls: submitted },
		]) {
			expect(() => checkWorkerHeader(header)).toThrow(FrameError);
		}
		expect(() => checkWorkerHeader({ op: 'submit', calls: submitted.slice(1) })).not.toThrow();
	});
});
