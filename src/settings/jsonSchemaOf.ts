import { toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import { present } from '../core/present.ts';

type Converted = ReturnType<typeof toJsonSchema>;

/** A JSON schema. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * Converts a validator to a JSON schema. Leaves out two things by name that a schema cannot express: checks by a
 * function, and trimming of texts.
 * @param target OpenAPI 3.1 takes draft 2020-12, VS Code draft 7
 * @throws Error for an unknown validator, so that a document never says less than is checked
 */
export function jsonSchemaOf(schema: v.GenericSchema, target: 'draft-07' | 'draft-2020-12'): JsonSchema {
	const { $schema, ...converted } = toJsonSchema(schema, {
		target,
		ignoreActions: ['trim', 'check'],
		overrideSchema: ({ jsonSchema, errors }) => (errors ? undefined : withoutNoise(jsonSchema)),
	});
	return converted;
}

/** Drops an empty list of required fields, and the statement that names are texts. */
function withoutNoise<T extends Pick<Converted, 'required' | 'propertyNames'>>(schema: T): T {
	const { required, propertyNames, ...rest } = schema;
	const isAnyName = JSON.stringify(propertyNames) === '{"type":"string"}';
	return present({
		...rest,
		required: required?.length === 0 ? undefined : required,
		propertyNames: isAnyName ? undefined : propertyNames,
	}) as T;
}
