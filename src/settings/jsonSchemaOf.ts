import { toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import { present } from '../core/present.ts';

type Converted = ReturnType<typeof toJsonSchema>;

/** A JSON schema. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The JSON schema of what a validator takes. What a schema cannot say is left out by name: a check by a function, and
 * the trimming of texts.
 * @param target OpenAPI 3.1 takes draft 2020-12, VS Code draft 7
 * @throws Error for a validator that it does not know, so that a document never says less than is checked
 */
export function jsonSchemaOf(schema: v.GenericSchema, target: 'draft-07' | 'draft-2020-12'): JsonSchema {
	const { $schema, ...converted } = toJsonSchema(schema, {
		target,
		ignoreActions: ['trim', 'check'],
		overrideSchema: ({ jsonSchema, errors }) => (errors ? undefined : withoutNoise(jsonSchema)),
	});
	return converted;
}

/** Without a list of required fields that is empty, and without saying that names are texts. */
function withoutNoise<T extends Pick<Converted, 'required' | 'propertyNames'>>(schema: T): T {
	const { required, propertyNames, ...rest } = schema;
	const isAnyName = JSON.stringify(propertyNames) === '{"type":"string"}';
	return {
		...rest,
		...present({
			required: required?.length === 0 ? undefined : required,
			propertyNames: isAnyName ? undefined : propertyNames,
		}),
	} as T;
}
