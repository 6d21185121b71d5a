import { describe, expect, test } from 'vitest';
import { readReply } from '../../../src/compute/readReply.ts';

const ITEM = JSON.stringify({
	type: 'object',
	properties: { name: { type: 'string' }, count: { type: 'integer' } },
	required: ['name', 'count'],
	additionalProperties: false,
});
const read = (reply: string, schema: string = ITEM) => readReply({ schema, reply });

describe('a value is found', () => {
	const json = '{"name": "bolt", "count": 3}';

	test.each([
		['alone', json],
		['in a fence', `\`\`\`json\n${json}\n\`\`\``],
		['in a fence of tildes, with words around it', `Here it is:\n~~~\n${json}\n~~~\nI hope that helps.`],
		['among words', `The answer is ${json}, as the text says.`],
	])('%s', (_, reply) => {
		expect(read(reply)).toEqual({ json });
	});

	test('as it was written: digits that JavaScript cannot hold stay', () => {
		expect(read('12345678901234567890', '{"type":"integer"}')).toEqual({ json: '12345678901234567890' });
	});

	test.each([
		['42', '{"type":"integer"}'],
		['-1.5e3', '{"type":"number"}'],
		['true', '{"type":"boolean"}'],
		['null', '{"type":"null"}'],
		['"a \\"b\\" {c}"', '{"type":"string"}'],
		['["x", "}"]', '{"type":"array","items":{"type":"string"}}'],
	])('%s', (reply, schema) => {
		expect(read(` ${reply}\n`, schema)).toEqual({ json: reply });
	});
});

describe('no value is found', () => {
	test.each([
		['in words', 'I cannot tell.'],
		['in Python', "{'name': 'bolt', 'count': 3}"],
		['in a list that breaks off', '[{"name": "bolt", "count": 3}, {"name": "nu'],
		['in nothing', '  '],
	])('%s', (_, reply) => {
		expect(read(reply)).toEqual({ problem: 'it is not JSON' });
	});

	test.each([
		['two fences', '```json\n1\n```\n```json\n2\n```'],
		['two objects', 'Either {"name": "a", "count": 1} or {"name": "b", "count": 2}.'],
	])('in %s, one of which may be meant', (_, reply) => {
		expect(read(reply)).toEqual({ problem: 'it holds more than one JSON value' });
	});

	test('in a number among words, which may be any number', () => {
		expect(read('There are 3 of 12.', '{"type":"integer"}')).toEqual({ problem: 'it is not JSON' });
	});

	test('in what is nested without end', () => {
		expect(read('['.repeat(100_000))).toEqual({ problem: expect.any(String) });
	});
});

test.each([
	['{"name": "bolt"}', 'count'],
	['{"name": "bolt", "count": "3"}', 'count'],
	['{"name": "bolt", "count": 3, "more": 1}', 'more'],
	['[]', 'type'],
])('a value that does not fit names what is wrong: %s', (reply, named) => {
	expect(read(reply)).toEqual({ problem: expect.stringContaining(named) });
});
