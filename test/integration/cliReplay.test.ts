import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createJournal } from '../../src/journal/journal.ts';
import { rlm } from '../support/rlm.ts';
import { numbered, SAMPLE_BODIES } from '../support/sampleRun.ts';

let folder: string;
let journal: string;

beforeAll(async () => {
	folder = await mkdtemp(path.join(tmpdir(), 'rlm-replay-'));
	const writer = createJournal(folder, 'run-1');
	for (const event of numbered(SAMPLE_BODIES)) writer.append(event);
	await writer.close();
	journal = writer.path;
});

afterAll(async () => {
	await rm(folder, { recursive: true });
});

describe('rlm replay', () => {
	it('prints the answer on stdout, the nodes and citations on stderr', async () => {
		const { exitCode, stdout, stderr } = await rlm(['replay', journal], { cwd: folder });
		expect(exitCode).toBe(0);
		expect(stdout).toBe('The server listens on port 8080.\n');
		expect(stderr).toContain('done: iteration 1');
		expect(stderr).toContain('  src/server.ts:12  listen(8080)\n');
		expect(stderr).toContain('answered · 1 iteration · 3 model calls');
	});

	it('prints the object of the query, or its events', async () => {
		const object = await rlm(['replay', journal, '--json'], { cwd: folder });
		expect(JSON.parse(object.stdout)).toMatchObject({ outcome: 'answered', calls: 3, runId: 'run-1', journal });
		const events = await rlm(['replay', journal, '--events'], { cwd: folder });
		expect(
			events.stdout
				.trimEnd()
				.split('\n')
				.map((line) => JSON.parse(line)),
		).toEqual(numbered(SAMPLE_BODIES));
	});

	it('begins with the iteration that is asked for', async () => {
		const { stdout } = await rlm(['replay', journal, '--events', '--from', '1'], { cwd: folder });
		expect(JSON.parse(stdout.slice(0, stdout.indexOf('\n')))).toMatchObject({ type: 'iteration-start', index: 1 });
		const none = await rlm(['replay', journal, '--from', '7'], { cwd: folder });
		expect(none).toMatchObject({
			exitCode: 2,
			stdout: '',
			stderr: `rlm: ${journal} has no iteration 7\n     It has 1.\n`,
		});
	});

	it('says that a journal stops before its run ended', async () => {
		const cut = path.join(folder, 'cut.jsonl');
		const lines = (await readFile(journal, 'utf8')).split('\n');
		await writeFile(cut, lines.slice(0, -3).join('\n'));
		const { exitCode, stdout, stderr } = await rlm(['replay', cut], { cwd: folder });
		expect({ exitCode, stdout }).toEqual({ exitCode: 5, stdout: '' });
		expect(stderr).toContain('rlm: the journal stops before the run ended\n');
	});

	it('refuses a file that is not there or no journal, in one sentence and without a stack trace', async () => {
		const missing = await rlm(['replay', path.join(folder, 'cutt.jsonl')], { cwd: folder });
		expect(missing.exitCode).toBe(2);
		expect(missing.stderr).toMatch(/^rlm: there is no file .*cutt\.jsonl\n {5}Did you mean .*cut\.jsonl/);
		const other = path.join(folder, 'other.txt');
		await writeFile(other, 'hello\n');
		const refused = await rlm(['replay', other], { cwd: folder });
		expect(refused.exitCode).toBe(2);
		expect(refused.stderr).toContain(`${other}:1: this is not a journal of rlm`);
		expect(refused.stderr).not.toContain('    at ');
	});
});
