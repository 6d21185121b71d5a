import * as v from 'valibot';
import { throwIfCancelled } from '../core/errors.ts';
import type { RunEvent } from '../core/events.ts';
import { Breather } from '../node/breather.ts';
import { checkShape } from '../protocol/boundedJson.ts';
import { eventSchema } from './eventSchema.ts';
import { readLines } from './readJournal.ts';

const REFERENCE = /\{"\$text":"([0-9a-f]{16})"\}/g;
const STORED = /^\{"\$text":"([0-9a-f]{16})","text":/;

/**
 * Reads the events of one node with their full texts. Parses and keeps only what the node needs, so that one prompt can
 * be shown from a journal of any size. A journal still being written yields what is there.
 * @throws InputError when the file cannot be read; CancelledError when the signal fired
 */
export async function readNode(path: string, nodeId: string, signal: AbortSignal): Promise<RunEvent[]> {
	const mark = `"nodeId":${JSON.stringify(nodeId)}`;
	const lines: string[] = [];
	const wanted = new Set<string>();
	for await (const line of linesOf(path, signal)) {
		if (!line.includes(mark) || STORED.test(line)) continue;
		lines.push(line);
		for (const [, id] of line.matchAll(REFERENCE)) if (id !== undefined) wanted.add(id);
	}
	const texts = wanted.size === 0 ? new Map<string, string>() : await textsOf(path, wanted, signal);
	return lines.flatMap((line) => eventOf(line, nodeId, texts));
}

async function textsOf(path: string, wanted: ReadonlySet<string>, signal: AbortSignal): Promise<Map<string, string>> {
	const texts = new Map<string, string>();
	for await (const line of linesOf(path, signal)) {
		const id = STORED.exec(line)?.[1];
		if (id === undefined || !wanted.has(id)) continue;
		const { text } = JSON.parse(line) as { text: string };
		texts.set(id, text);
		if (texts.size === wanted.size) break;
	}
	return texts;
}

/** Returns nothing for a line that is not an event of the node: a text may contain what looks like one. */
function eventOf(line: string, nodeId: string, texts: ReadonlyMap<string, string>): RunEvent[] {
	try {
		checkShape(line);
		const value: unknown = JSON.parse(line, (_key, item) =>
			typeof item?.$text === 'string' ? (texts.get(item.$text) ?? '') : item,
		);
		const event = v.safeParse(eventSchema, value);
		return event.success && event.output.nodeId === nodeId ? [event.output] : [];
	} catch {
		return [];
	}
}

async function* linesOf(path: string, signal: AbortSignal): AsyncGenerator<string> {
	const breather = new Breather();
	for await (const { text } of readLines(path)) {
		throwIfCancelled(signal);
		yield text;
		await breather.breathe();
	}
}
