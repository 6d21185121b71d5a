import type * as v from 'valibot';
import { ConfigError } from '../core/errors.ts';
import { nearNames } from '../core/nearNames.ts';

type Issue = v.BaseIssue<unknown>;

/** Describes the first problem in settings, for a person. @param where the file or the place of the settings */
export function settingsProblem(issue: Issue, schema: v.GenericSchema, where: string): ConfigError {
	const keys = (issue.path ?? []).map((item) => item.key);
	const name = fieldPath(keys);
	if (issue.type === 'strict_object' && issue.expected === 'never') {
		return new ConfigError(
			where,
			name,
			'unknown field',
			suggestion(keys.at(-1), knownFields(schema, keys.slice(0, -1))),
		);
	}
	if (issue.type === 'strict_object' && issue.received === 'undefined') {
		return new ConfigError(where, name, 'is missing');
	}
	if (issue.kind === 'validation') return new ConfigError(where, name, issue.message);
	const hint = issue.type === 'picklist' ? suggestion(issue.input, optionsOf(issue)) : undefined;
	return new ConfigError(where, name, `expected ${expectation(issue.expected)}, got ${issue.received}`, hint);
}

function expectation(expected: string | null): string {
	if (expected?.startsWith('(')) return `one of ${expected.slice(1, -1).replaceAll(' | ', ', ')}`;
	const words: Record<string, string> = { Array: 'a list', Object: 'an object', string: 'a text', number: 'a number' };
	return words[expected ?? ''] ?? expected ?? 'something else';
}

function optionsOf({ expected }: Issue): string[] {
	return [...(expected ?? '').matchAll(/"([^"]*)"/g)].map(([, option = '']) => option);
}

/** `servers[0].price.promptUsd` */
function fieldPath(keys: readonly unknown[]): string {
	return keys
		.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
		.join('')
		.replace(/^\./, '');
}

/** Fields that the schema has at a path. */
function knownFields(schema: unknown, keys: readonly unknown[]): string[] {
	const node = schema as { entries?: Record<string, unknown>; item?: unknown; wrapped?: unknown };
	if (node.wrapped) return knownFields(node.wrapped, keys);
	const [key, ...rest] = keys;
	if (key === undefined) return Object.keys(node.entries ?? {});
	return knownFields(typeof key === 'number' ? node.item : node.entries?.[String(key)], rest);
}

function suggestion(written: unknown, known: readonly string[]): string | undefined {
	const [nearest] = nearNames(String(written), known, 1);
	return nearest && `Did you mean "${nearest}"?`;
}
