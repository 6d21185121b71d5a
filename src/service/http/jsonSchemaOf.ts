import type * as v from 'valibot';
import { present } from '../../core/present.ts';

/** A JSON schema (draft 2020-12, as in OpenAPI 3.1). */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The parts of valibot's schemas that are looked at. */
interface Node {
	readonly kind: 'schema' | 'validation' | 'transformation' | 'metadata';
	readonly type: string;
	readonly entries?: Readonly<Record<string, Node>>;
	readonly item?: Node;
	readonly wrapped?: Node;
	readonly value?: Node;
	readonly options?: readonly (Node | string)[];
	readonly pipe?: readonly Node[];
	readonly requirement?: unknown;
	readonly description?: string;
}

/**
 * The JSON schema of what a validator takes. Knows the validators that requests are made of.
 * @throws TypeError for any other, so that a document never says less than the service checks
 */
export function jsonSchemaOf(schema: v.GenericSchema): JsonSchema {
	return convert(schema as unknown as Node);
}

function convert(node: Node): JsonSchema {
	const { pipe } = node;
	if (!pipe) return convertBare(node);
	const [first, ...rest] = pipe;
	const base = first === undefined || first === node ? convertBare(node) : convert(first);
	return Object.assign({}, base, ...rest.map(refinement)) as JsonSchema;
}

function convertBare(node: Node): JsonSchema {
	switch (node.type) {
		case 'string':
		case 'number':
		case 'boolean':
			return { type: node.type };
		case 'unknown':
			return {};
		case 'picklist':
			return { enum: node.options };
		case 'array':
			return { type: 'array', items: convert(node.item as Node) };
		case 'record':
			return { type: 'object', additionalProperties: convert(node.value as Node) };
		case 'union':
			return { anyOf: (node.options as readonly Node[]).map(convert) };
		case 'exact_optional':
			return convert(node.wrapped as Node);
		case 'strict_object':
			return objectSchema(node.entries ?? {});
		default:
			throw new TypeError(`no JSON schema is known for valibot's ${node.type}`);
	}
}

function objectSchema(entries: Readonly<Record<string, Node>>): JsonSchema {
	const names = Object.keys(entries);
	const required = names.filter((name) => entries[name]?.type !== 'exact_optional');
	const properties = Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, convert(entry)]));
	return present({
		type: 'object',
		properties,
		required: required.length > 0 ? required : undefined,
		additionalProperties: false,
	});
}

function refinement({ type, requirement, description }: Node): JsonSchema {
	switch (type) {
		case 'description':
			return { description };
		case 'non_empty':
			return { minLength: 1 };
		case 'min_length':
			return { minItems: requirement };
		case 'min_value':
			return { minimum: requirement };
		case 'gt_value':
			return { exclusiveMinimum: requirement };
		case 'integer':
			return { type: 'integer' };
		case 'trim':
			return {};
		default:
			throw new TypeError(`no JSON schema is known for valibot's ${type}`);
	}
}
