import * as v from 'valibot';
import { expect, it } from 'vitest';
import { jsonSchemaOf } from '../../../src/settings/jsonSchemaOf.ts';

it('says what a validator checks', () => {
	const schema = v.strictObject({
		name: v.pipe(v.string(), v.trim(), v.nonEmpty('empty'), v.description('A name.')),
		count: v.exactOptional(v.pipe(v.number(), v.integer('whole'), v.minValue(1, 'few'))),
		kind: v.picklist(['a', 'b']),
		list: v.pipe(v.array(v.union([v.boolean(), v.unknown()])), v.minLength(1, 'none')),
		map: v.record(v.string(), v.pipe(v.number(), v.gtValue(0, 'negative'))),
	});
	expect(jsonSchemaOf(schema, 'draft-2020-12')).toEqual({
		type: 'object',
		additionalProperties: false,
		required: ['name', 'kind', 'list', 'map'],
		properties: {
			name: { type: 'string', minLength: 1, description: 'A name.' },
			count: { type: 'integer', minimum: 1 },
			kind: { type: 'string', enum: ['a', 'b'] },
			list: { type: 'array', items: { anyOf: [{ type: 'boolean' }, {}] }, minItems: 1 },
			map: { type: 'object', additionalProperties: { type: 'number', exclusiveMinimum: 0 } },
		},
	});
});

it('refuses what it does not know, rather than leaving it out', () => {
	expect(() => jsonSchemaOf(v.date(), 'draft-2020-12')).toThrow(/date/);
	expect(() => jsonSchemaOf(v.pipe(v.string(), v.toLowerCase()), 'draft-2020-12')).toThrow(/to_lower_case/);
	expect(() => jsonSchemaOf(v.strictObject({ inner: v.array(v.bigint()) }), 'draft-2020-12')).toThrow(/bigint/);
});
