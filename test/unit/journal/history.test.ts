import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CancelledError } from '../../../src/core/errors.ts';
import type { RunEvent } from '../../../src/core/events.ts';
import { History } from '../../../src/journal/history.ts';
import { createJournal } from '../../../src/journal/journal.ts';
import { numbered, SAMPLE_BODIES } from '../../support/sampleRun.ts';
import { neverAborted } from '../../support/signals.ts';

let folder: string;

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'rlm-history-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function write(runId: string, change: (event: RunEvent) => RunEvent | undefined = (event) => event) {
	const journal = createJournal(folder, runId);
	for (const event of numbered(SAMPLE_BODIES)) {
		const changed = change({ ...event, runId: event.runId === 'run-1' ? runId : event.runId });
		if (changed) journal.append(changed);
	}
	await journal.close();
	return journal.path;
}

it('lists runs from the ends of their journals, newest first', async () => {
	const question = `Why?${' And why'.repeat(2_000)}`;
	await write('older');
	const path = await write('newer', (event) =>
		event.type === 'run-start' && event.parentId === undefined
			? { ...event, query: question, at: event.at + 60_000 }
			: event,
	);
	const [first, second, ...others] = await new History(folder).list(neverAborted);
	expect(others).toEqual([]);
	expect(first).toMatchObject({ runId: 'newer', question: question.slice(0, 500), journal: path });
	expect(second).toMatchObject({ runId: 'older', end: { outcome: 'answered' } });
	expect(second?.end?.totals.usage.promptTokens).toBeGreaterThan(0);
	expect(second?.end?.iterations).toBeGreaterThan(0);
});

it('knows a run that did not end, and skips what is not a journal', async () => {
	await write('broken', (event) => (event.type === 'run-end' && event.parentId === undefined ? undefined : event));
	writeFileSync(join(folder, 'other.jsonl'), '{"a": 1}\n');
	writeFileSync(join(folder, 'empty.jsonl'), '');
	const runs = await new History(folder).list(neverAborted);
	expect(runs.map(({ runId, end }) => [runId, end])).toEqual([['broken', undefined]]);
});

it('skips folders, pipes, broken or circular links, and unreadable files', async () => {
	await write('one');
	mkdirSync(join(folder, 'folder-two.jsonl'));
	execFileSync('mkfifo', [join(folder, 'pipe-three.jsonl')]);
	symlinkSync(join(folder, 'loop.jsonl'), join(folder, 'loop.jsonl'));
	symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling-four.jsonl'));
	mkdirSync(join(folder, 'index.json'));
	const history = new History(folder);
	expect((await history.list(neverAborted)).map(({ runId }) => runId)).toEqual(['one']);
	expect(await history.pathOf('one')).toMatch(/-one\.jsonl$/);
	for (const id of ['two', 'three', 'four', 'loop']) expect(await history.pathOf(id)).toBeUndefined();
	await history.remove('two');
	expect(readdirSync(folder)).toContain('folder-two.jsonl');
});

it('is the same with its index, without it, and with a damaged one', async () => {
	await write('one');
	const fresh = await new History(folder).list(neverAborted);
	const index = join(folder, 'index.json');
	expect(JSON.parse(readFileSync(index, 'utf8')).version).toBe(2);
	expect(await new History(folder).list(neverAborted)).toEqual(fresh);
	writeFileSync(index, '{"version": 7');
	expect(await new History(folder).list(neverAborted)).toEqual(fresh);
	writeFileSync(index, '{"version": 7, "entries": {}}');
	expect(await new History(folder).list(neverAborted)).toEqual(fresh);
});

it('deletes a run, and lists nothing where there is no folder', async () => {
	await write('one');
	await write('two');
	const history = new History(folder);
	await history.remove('one');
	expect((await history.list(neverAborted)).map(({ runId }) => runId)).toEqual(['two']);
	expect(await new History(join(folder, 'missing')).list(neverAborted)).toEqual([]);
});

it('can be cancelled', async () => {
	await write('one');
	await expect(new History(folder).list(AbortSignal.abort())).rejects.toThrow(CancelledError);
});

it('keeps little of a journal that refers to one long text a thousand times', async () => {
	const path = await write('hostile');
	const [header = '', ...lines] = readFileSync(path, 'utf8').split('\n');
	const start = JSON.parse(lines.find((line) => line.includes('"run-start"')) ?? '');
	const contexts = Array.from({ length: 1000 }, () => ({ label: { $text: 'a' } }));
	const long = JSON.stringify({ $text: 'a', text: 'y'.repeat(22_000) });
	writeFileSync(path, [header, long, JSON.stringify({ ...start, contexts }), ''].join('\n'));
	const [run] = await new History(folder).list(neverAborted);
	expect(run).toMatchObject({ runId: 'hostile', contextLabel: expect.stringMatching(/^y{100}, y/) });
	expect(run?.contextLabel.length).toBe(500);
	expect(readFileSync(join(folder, 'index.json')).length).toBeLessThan(4000);
});
