import type { JsonSchema } from '../core/ports/model.ts';

/** Name of the format, or of the tool, where a protocol wants one. */
export const FORMAT_NAME = 'reply';
/** Parameters of all protocols that carry a format. */
export const FORMAT_PARAMETERS: ReadonlySet<string> = new Set(['response_format', 'format', 'tools', 'tool_choice']);

/** The only field of the object around a value, where a server takes nothing but objects. */
const FIELD = 'value';
const OPENING = new RegExp(`^\\s*\\{\\s*"${FIELD}"\\s*:`);

/** A schema as a server takes it that wants an object: any other value becomes its only field. */
export function objectSchema(schema: JsonSchema): JsonSchema {
	if (isObject(schema)) return schema;
	return { type: 'object', properties: { [FIELD]: schema }, required: [FIELD], additionalProperties: false };
}

/** The text of the value that was asked for with `objectSchema`. Whatever else a reply holds stays as it is. */
export function withoutObject(text: string, schema: JsonSchema): string {
	const opening = isObject(schema) ? null : OPENING.exec(text);
	const rest = text.trimEnd();
	if (!opening || !rest.endsWith('}')) return text;
	return rest.slice(opening[0].length, -1).trim();
}

/**
 * Whether OpenAI decodes strictly by a schema: all its objects are closed and have no optional fields. By others it
 * decodes as well as it can.
 */
export function isStrict(schema: unknown): boolean {
	if (Array.isArray(schema)) return schema.every(isStrict);
	if (typeof schema !== 'object' || schema === null) return true;
	const { type, properties, required, additionalProperties } = schema as Record<string, unknown>;
	if (type === 'object' || properties !== undefined) {
		const names = Object.keys((properties as object | undefined) ?? {});
		const needed = Array.isArray(required) ? required : [];
		if (additionalProperties !== false || names.some((name) => !needed.includes(name))) return false;
	}
	return Object.values(schema).every(isStrict);
}

function isObject({ type }: JsonSchema): boolean {
	return type === 'object';
}
