import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import type { RunEvent } from '../../src/core/events.ts';

const folder = path.join(import.meta.dirname, '../golden');

/** Facts that differ from run to run. Streamed pieces differ too; the whole text follows in the end event. */
const UNSTABLE = /^(?:seq|at|url|.*Ms)$/;
const STREAMED = new Set(['message-delta', 'output-delta']);

/**
 * A run as text that a person can read in review: one event a paragraph, indented by its place in the tree, ids
 * replaced by numbers in the order of their first appearance.
 */
export function eventsAsText(events: readonly RunEvent[]): string {
	const ids = new Map<string, number>();
	const depth = new Map<string, number>();
	const paragraphs = events
		.filter(({ type }) => !STREAMED.has(type))
		.map((event) => {
			const { type, nodeId, parentId, runId: _, ...facts } = event;
			if (!ids.has(nodeId)) ids.set(nodeId, ids.size);
			if (!depth.has(nodeId)) depth.set(nodeId, parentId === undefined ? 0 : (depth.get(parentId) ?? 0) + 1);
			const indent = '  '.repeat(depth.get(nodeId) ?? 0);
			const lines = Object.entries(facts).flatMap(([name, value]) => factLines(name, value));
			return [`#${ids.get(nodeId)} ${type}`, ...lines.map((line) => `    ${line}`)]
				.map((line) => indent + line)
				.join('\n');
		});
	return `${paragraphs.join('\n')}\n`;
}

function factLines(name: string, value: unknown): string[] {
	if (UNSTABLE.test(name)) return [];
	if (typeof value === 'string' && value.includes('\n'))
		return [`${name}:`, ...value.split('\n').map((line) => `  | ${line}`)];
	const text = JSON.stringify(value, (key, inner) => (UNSTABLE.test(key) ? undefined : inner));
	return [`${name}: ${text}`];
}

/** Compares with `test/golden/<name>.txt`; RESET_RESULTS=1 writes it anew. */
export async function expectGolden(name: string, text: string): Promise<void> {
	const file = path.join(folder, `${name}.txt`);
	if (process.env.RESET_RESULTS === '1') {
		await mkdir(folder, { recursive: true });
		await writeFile(file, text);
	}
	expect(text).toBe(await readFile(file, 'utf8'));
}
