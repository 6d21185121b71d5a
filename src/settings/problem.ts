import type * as v from 'valibot';
import { ConfigError } from '../core/errors.ts';

type Issue = v.BaseIssue<unknown>;

/** What a person is told of the first thing that is wrong in settings. @param where the file or the place of the settings */
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

/** Fields that the schema knows at a path. */
function knownFields(schema: unknown, keys: readonly unknown[]): string[] {
	const node = schema as { entries?: Record<string, unknown>; item?: unknown; wrapped?: unknown };
	if (node.wrapped) return knownFields(node.wrapped, keys);
	const [key, ...rest] = keys;
	if (key === undefined) return Object.keys(node.entries ?? {});
	return knownFields(typeof key === 'number' ? node.item : node.entries?.[String(key)], rest);
}

function suggestion(written: unknown, known: readonly string[]): string | undefined {
	const nearest = nearestName(String(written), known);
	return nearest && `Did you mean "${nearest}"?`;
}

/** The name that differs least, if it is near enough to have been meant. */
function nearestName(name: string, candidates: readonly string[]): string | undefined {
	const near = candidates
		.map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
		.sort((a, b) => a.distance - b.distance)[0];
	return near && near.distance <= Math.max(2, name.length / 3) ? near.candidate : undefined;
}

function editDistance(a: string, b: string): number {
	let row = Array.from({ length: b.length + 1 }, (_, index) => index);
	for (const [index, character] of [...a].entries()) {
		const next = [index + 1];
		for (const [column, other] of [...b].entries()) {
			const replaced = (row[column] ?? 0) + (character === other ? 0 : 1);
			next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
		}
		row = next;
	}
	return row[b.length] ?? 0;
}
