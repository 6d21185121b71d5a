import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CancelledError, InputError } from '../../../src/core/errors.ts';
import { createJournal } from '../../../src/journal/journal.ts';
import { readNode } from '../../../src/journal/readNode.ts';
import { searchJournal } from '../../../src/journal/searchJournal.ts';
import { LONG_PROMPT, numbered, SAMPLE_BODIES } from '../../support/sampleRun.ts';

const signal = new AbortController().signal;
const events = numbered(SAMPLE_BODIES);
let folder: string;
let file: string;

beforeAll(async () => {
	folder = await mkdtemp(path.join(tmpdir(), 'rlm-node-'));
	const journal = createJournal(folder, 'run-1');
	for (const event of events) journal.append(event);
	await journal.close();
	file = journal.path;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('one node is read with its texts in full, those that another node stored first too', async () => {
	const second = 'run-1/1/c1/q2';
	expect(await readNode(file, second, signal)).toEqual(events.filter(({ nodeId }) => nodeId === second));
	const [start] = await readNode(file, second, signal);
	expect(start?.type === 'call-start' && start.prompt).toBe(LONG_PROMPT);
});

it('a node that is not there has no events', async () => {
	expect(await readNode(file, 'run-1/9', signal)).toEqual([]);
});

it('a text that looks like an event is not one', async () => {
	const journal = createJournal(folder, 'run-2');
	const [start] = events;
	if (start?.type !== 'run-start') throw new Error('the sample begins with its run');
	journal.append({ ...start, runId: 'run-2', nodeId: 'run-2', query: '"nodeId":"victim"' });
	await journal.close();
	expect(await readNode(journal.path, 'victim', signal)).toEqual([]);
});

it('a search finds texts in full, in any letter case, and says when there is more', async () => {
	const text = LONG_PROMPT.slice(900, 960).toUpperCase();
	expect(await searchJournal(file, text, 10, signal)).toEqual({
		nodeIds: ['run-1/1/c1/q1', 'run-1/1/c1/q2'],
		isCut: false,
	});
	expect(await searchJournal(file, text, 1, signal)).toEqual({ nodeIds: ['run-1/1/c1/q1'], isCut: true });
	expect(await searchJournal(file, 'nowhere', 10, signal)).toEqual({ nodeIds: [], isCut: false });
});

it('reading and searching stop when they are cancelled, and name a file that is not there', async () => {
	await expect(readNode(file, 'run-1', AbortSignal.abort())).rejects.toThrow(CancelledError);
	await expect(searchJournal(file, 'x', 1, AbortSignal.abort())).rejects.toThrow(CancelledError);
	await expect(readNode(path.join(folder, 'absent.jsonl'), 'run-1', signal)).rejects.toThrow(InputError);
});
