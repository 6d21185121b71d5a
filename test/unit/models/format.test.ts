import { describe, expect, test } from 'vitest';
import { isStrict, objectSchema, withoutObject } from '../../../src/models/format.ts';

const LIST = { type: 'array', items: { type: 'string' } };
const ITEM = { type: 'object', properties: { a: LIST }, required: ['a'], additionalProperties: false };

describe('for a service that takes nothing but objects', () => {
	test('an object stays as it is, and so does the reply', () => {
		expect(objectSchema(ITEM)).toBe(ITEM);
		expect(withoutObject('{"value": 3}', ITEM)).toBe('{"value": 3}');
	});

	test('another value is the only field of one, and is taken out of the reply as it was written', () => {
		expect(objectSchema(LIST)).toEqual({
			...{ type: 'object', properties: { value: LIST } },
			...{ required: ['value'], additionalProperties: false },
		});
		expect(withoutObject(' {\n"value" : ["}", 12345678901234567890] }\n', LIST)).toBe('["}", 12345678901234567890]');
	});

	test.each(['["a"]', 'I cannot tell.', '{"other": 1}', '{"value": ["a"]', '```json\n{"value": []}\n```'])(
		'a reply of another form is left to the check: %s',
		(text) => expect(withoutObject(text, LIST)).toBe(text),
	);
});

test.each<[boolean, object]>([
	[true, ITEM],
	[true, { type: 'array', items: ITEM }],
	[true, { anyOf: [{ type: 'null' }, ITEM] }],
	[false, { ...ITEM, additionalProperties: true }],
	[false, { ...ITEM, required: [] }],
	[false, { type: 'object', additionalProperties: { type: 'integer' } }],
	[false, { type: 'array', items: { properties: { a: LIST } } }],
])('strict is %s for %j', (expected, schema) => {
	expect(isStrict(schema)).toBe(expected);
});
