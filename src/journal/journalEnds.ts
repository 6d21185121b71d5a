import type { FileHandle } from 'node:fs/promises';
import * as v from 'valibot';
import { present } from '../core/present.ts';
import { detachedHead } from '../core/text.ts';
import { JOURNAL_FORMAT } from './format.ts';
import { endOfPastRun, INDEX_CHARACTERS, type PastRun, runIdSchema } from './pastRun.ts';

/** Bytes read from each end of a journal. The first and last events are short: long texts have lines of their own. */
const END_BYTES = 1 << 16;
/** Contexts named in the index. */
const LABELS = 20;
/** Characters of each of them. */
const LABEL_CHARACTERS = 100;
/** Last lines searched for the end of the run. */
const LAST_LINES = 200;

const text = v.union([v.string(), v.object({ $text: v.string() })]);
const header = v.object({ format: v.literal(JOURNAL_FORMAT) });
const textLine = v.object({ $text: v.string(), text: v.string() });
const runStart = v.object({
	type: v.literal('run-start'),
	at: v.number(),
	runId: runIdSchema,
	query: text,
	contexts: v.array(v.object({ label: text })),
});
const runEnd = v.object({
	type: v.literal('run-end'),
	parentId: v.optional(v.string()),
	...endOfPastRun.entries,
});

/**
 * What the first and last lines of a journal say about its run; undefined when it is not a journal or has no run yet.
 */
export async function readEnds(file: FileHandle, size: number): Promise<Omit<PastRun, 'journal'> | undefined> {
	const first = await readPart(file, 0, Math.min(size, END_BYTES));
	const start = startOf(first.split('\n'));
	if (!start) return undefined;
	const from = Math.max(0, size - END_BYTES);
	const last = from === 0 ? first : await readPart(file, from, size - from);
	// The end of a call that was cancelled with the run may follow the run's own.
	const end = last
		.trimEnd()
		.split('\n')
		.slice(-LAST_LINES)
		.map(endOf)
		.find((found) => found !== undefined);
	return present({ ...start, end });
}

function startOf(lines: readonly string[]): Omit<PastRun, 'journal' | 'end'> | undefined {
	if (!v.is(header, parsed(lines[0] ?? ''))) return undefined;
	const texts = new Map<string, string>();
	const full = (value: v.InferOutput<typeof text>) =>
		typeof value === 'string' ? value : (texts.get(value.$text) ?? '…');
	for (const line of lines.slice(1)) {
		const value = parsed(line);
		if (v.is(textLine, value)) texts.set(value.$text, detachedHead(value.text, INDEX_CHARACTERS));
		if (!v.is(runStart, value)) continue;
		return {
			runId: value.runId,
			question: detachedHead(full(value.query), INDEX_CHARACTERS),
			contextLabel: labelOf(
				value.contexts.map(({ label }) => label),
				full,
			),
			startedAt: value.at,
		};
	}
	return undefined;
}

/** Names the first contexts: the index keeps little of each journal, whatever a journal says. */
function labelOf<T>(labels: readonly T[], full: (label: T) => string): string {
	const named = labels.slice(0, LABELS).map((label) => detachedHead(full(label), LABEL_CHARACTERS));
	const more = labels.length > LABELS ? ['…'] : [];
	return detachedHead([...named, ...more].join(', '), INDEX_CHARACTERS);
}

function endOf(line: string): PastRun['end'] {
	const value = parsed(line);
	if (!v.is(runEnd, value) || value.parentId !== undefined) return undefined;
	const { outcome, at, mode, iterations, totals } = value;
	return present({ outcome, at, mode, iterations, totals });
}

/** The line as JSON; undefined when it is cut or not JSON. */
function parsed(line: string): unknown {
	try {
		return JSON.parse(line);
	} catch {
		return undefined;
	}
}

async function readPart(file: FileHandle, position: number, length: number): Promise<string> {
	const buffer = Buffer.alloc(length);
	const { bytesRead } = await file.read(buffer, 0, length, position);
	return buffer.toString('utf8', 0, bytesRead);
}
