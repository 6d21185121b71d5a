import { describe, expect, test } from 'vitest';
import { INITIAL_CHARACTERS_PER_TOKEN, TokenEstimator } from '../../../src/models/estimate.ts';
import { LineGuard, type StreamFormat } from '../../../src/models/http/lines.ts';
import { ThinkingSplitter } from '../../../src/models/thinking.ts';

describe('TokenEstimator', () => {
	test('starts at the documented ratio and says so', () => {
		const text = 'a'.repeat(700);
		expect(new TokenEstimator().estimate('m', [text])).toEqual({
			tokens: 700 / INITIAL_CHARACTERS_PER_TOKEN,
			characters: 700,
			isCalibrated: false,
		});
	});

	test('learns the ratio of a model from reported usage, and of that model only', () => {
		const estimator = new TokenEstimator();
		const text = 'word '.repeat(1000);
		estimator.learn('m', [text], 1000);
		expect(estimator.estimate('m', [text])).toMatchObject({ tokens: 1000, isCalibrated: true });
		expect(estimator.estimate('other', [text]).isCalibrated).toBe(false);
	});

	test('one odd report changes the learned ratio only a little', () => {
		const estimator = new TokenEstimator();
		const text = 'word '.repeat(1000);
		estimator.learn('m', [text], 1000);
		estimator.learn('m', [text], 2000);
		expect(estimator.estimate('m', [text]).tokens).toBeLessThan(1300);
	});

	test('does not learn from prompts that are mostly template', () => {
		const estimator = new TokenEstimator();
		estimator.learn('m', ['hello'], 29);
		expect(estimator.estimate('m', ['hello']).isCalibrated).toBe(false);
	});

	test('does not believe implausible reports', () => {
		const estimator = new TokenEstimator();
		for (const tokens of [0, 3, 100_000]) estimator.learn('m', ['word '.repeat(1000)], tokens);
		expect(estimator.estimate('m', ['hello']).isCalibrated).toBe(false);
	});

	test('counts Chinese and Japanese characters as a token each', () => {
		expect(new TokenEstimator().estimate('m', ['火星'.repeat(50)]).tokens).toBe(100);
	});
});

describe('ThinkingSplitter', () => {
	function split(text: string, size: number) {
		const parts = { text: '', reasoning: '' };
		const splitter = new ThinkingSplitter((piece, channel) => {
			parts[channel] += piece;
		});
		for (let index = 0; index < text.length; index += size) splitter.push(text.slice(index, index + size));
		splitter.end();
		return parts;
	}

	test.each([1, 2, 3, 7, 100])('reads a block at the start in pieces of %i characters', (size) => {
		expect(split('\n<think>a < b</thin </think>\n\nanswer <think>', size)).toEqual({
			text: 'answer <think>',
			reasoning: 'a < b</thin ',
		});
		expect(split('<thinking>x</thinking>y', size)).toEqual({ text: 'y', reasoning: 'x' });
	});

	test('leaves any other text as it is, white space included', () => {
		for (const text of ['  answer', '<thin', '<table>', 'a <think>b</think>', '\n']) {
			expect(split(text, 1)).toEqual({ text, reasoning: '' });
		}
	});

	test('a block that never ends is all reasoning', () => {
		expect(split('<think>no end </thi', 4)).toEqual({ text: '', reasoning: 'no end </thi' });
	});
});

describe('LineGuard', () => {
	const site = { server: 's', url: 'http://s', secrets: [] };
	const bytes = (text: string) => new TextEncoder().encode(text);

	function pass(format: StreamFormat, text: string, size: number) {
		const guard = new LineGuard(format, site);
		const all = bytes(text);
		const passed: number[] = [];
		for (let index = 0; index < all.length; index += size) {
			passed.push(...guard.push(all.subarray(index, index + size)).bytes);
		}
		passed.push(...guard.flush().bytes);
		return new TextDecoder().decode(new Uint8Array(passed));
	}

	test.each([1, 2, 5, 1000])('passes valid input unchanged in pieces of %i bytes', (size) => {
		const events = ': comment\r\n\r\nevent: x\ndata: {"a":"é"}\n\ndata:[DONE]\n\nid: 1\nretry: 5\n';
		expect(pass('sse', events, size)).toBe(events);
		const lines = '{"a":"火"}\n{"b":1}\n';
		expect(pass('ndjson', lines, size)).toBe(lines);
	});

	test.each([1, 2, 5, 1000])('drops a byte order mark and blank lines of NDJSON in pieces of %i bytes', (size) => {
		expect(pass('ndjson', '\ufeff{"a":1}\r\n\n \n{"b":1}', size)).toBe('{"a":1}\n{"b":1}\n');
		expect(pass('sse', '\ufeffdata: 1\n\n', size)).toBe('data: 1\n\n');
	});

	test.each([
		['ndjson', '{"a":1}\noops\n', 'is not JSON'],
		['ndjson', '{"a":', 'is not JSON'],
		['sse', '<html>\n', 'is not an event'],
	] as const)('refuses a line of %s that is not of the protocol: %j', (format, text, message) => {
		expect(() => pass(format, text, 1000)).toThrow(message);
	});

	test('lets words about errors pass', () => {
		const text = 'data: {"content":"an \\"error\\" is no failure","error":null}\n\n';
		expect(pass('sse', text, 1000)).toBe(text);
	});

	test('distinguishes payload from signs of life', () => {
		const signOf = (text: string) => new LineGuard('sse', site).push(bytes(text)).sign;
		expect(signOf(': OPENROUTER PROCESSING\n\n')).toBe('life');
		expect(signOf('event: ping\ndata: {"type": "ping"}\n\n')).toBe('life');
		expect(signOf('data: {"x":1}\n\n')).toBe('payload');
		expect(signOf('data: {"x":')).toBe('none');
	});
});
