import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../../../src/core/errors.ts';
import type { RunEvent } from '../../../src/core/events.ts';
import { createJournal, readJournal } from '../../../src/journal/journal.ts';
import { LONG_PROMPT, numbered, SAMPLE_BODIES } from '../../support/sampleRun.ts';

let folder: string;

beforeEach(async () => {
	folder = await mkdtemp(path.join(tmpdir(), 'rlm-journal-'));
});

afterEach(async () => {
	await rm(folder, { recursive: true });
});

async function write(events: readonly RunEvent[]): Promise<string> {
	const journal = createJournal(folder, 'run-1');
	for (const event of events) journal.append(event);
	await journal.close();
	expect(journal.failure).toBeUndefined();
	return journal.path;
}

async function read(file: string): Promise<RunEvent[]> {
	const events: RunEvent[] = [];
	for await (const event of readJournal(file)) events.push(event);
	return events;
}

/** Numbers that look random and are the same in every run (mulberry32). */
function randomNumbers(seed: number): (below: number) => number {
	let state = seed;
	return (below) => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
	};
}

const PIECES = [
	'\n',
	'\r\n',
	'"',
	'\\',
	'\u2028',
	'😀',
	'\ud800',
	'\udc00',
	'\0',
	'ü',
	'{"$text":"0123456789abcdef"}',
	' a ',
];

/** The event with its free texts replaced by random ones. */
function withRandomTexts(event: RunEvent, random: (below: number) => number): RunEvent {
	const text = () => Array.from({ length: random(120) }, () => PIECES[random(PIECES.length)]).join('');
	const free = new Set(['text', 'content', 'prompt', 'reply', 'code', 'stdout', 'answer', 'query', 'summary', 'quote']);
	return JSON.parse(JSON.stringify(event), (key, value: unknown) =>
		free.has(key) && typeof value === 'string' ? text() : value,
	) as RunEvent;
}

describe('a journal', () => {
	it('gives back every type of event as it was', async () => {
		const events = numbered(SAMPLE_BODIES);
		expect(await read(await write(events))).toEqual(events);
	});

	it('gives back events with any texts in them', async () => {
		const random = randomNumbers(7);
		const bodies = Array.from({ length: 40 }, () => SAMPLE_BODIES).flat();
		const events = numbered(bodies).map((event) => withRandomTexts(event, random));
		expect(await read(await write(events))).toEqual(events);
	});

	it('stores a long text once, however often it is repeated', async () => {
		const file = await write(numbered(SAMPLE_BODIES));
		const content = await readFile(file, 'utf8');
		expect(content.split(LONG_PROMPT)).toHaveLength(2);
	});

	it('takes ten thousand events', async () => {
		const bodies = Array.from({ length: 600 }, () => SAMPLE_BODIES).flat();
		const events = numbered(bodies);
		expect(events.length).toBeGreaterThan(10_000);
		expect(await read(await write(events))).toEqual(events);
	});

	it('has a name that sorts by time and tells the run', async () => {
		await write([]);
		expect(await readdir(folder)).toEqual([expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-run-1\.jsonl$/)]);
	});

	it.runIf(process.platform !== 'win32')('can be read by the user alone', async () => {
		const file = await write(numbered(SAMPLE_BODIES));
		expect((await stat(file)).mode & 0o777).toBe(0o600);
	});

	it('is on disk up to the last end event during the run', async () => {
		const journal = createJournal(folder, 'run-1');
		const events = numbered(SAMPLE_BODIES.slice(0, 13));
		for (const event of events) journal.append(event);
		await expect.poll(async () => (await read(journal.path).catch(() => [])).length).toBe(events.length);
		await journal.close();
	});

	it('makes its folder', async () => {
		const journal = createJournal(path.join(folder, 'a', 'b'), 'run-1');
		await journal.close();
		expect(await read(journal.path)).toEqual([]);
	});

	it('lets the run continue when it cannot be written, and says why', async () => {
		await writeFile(path.join(folder, 'file'), '');
		const journal = createJournal(path.join(folder, 'file'), 'run-1');
		for (const event of numbered(SAMPLE_BODIES)) journal.append(event);
		await journal.close();
		await journal.close();
		expect(journal.failure?.message).toMatch(/run-1\.jsonl cannot be written: /);
	});

	it('ignores what comes after it was closed', async () => {
		const journal = createJournal(folder, 'run-1');
		const events = numbered(SAMPLE_BODIES);
		journal.append(events[0] as RunEvent);
		await journal.close();
		journal.append(events[1] as RunEvent);
		expect(await read(journal.path)).toEqual(events.slice(0, 1));
	});
});

describe('reading a journal', () => {
	it('leaves out a last line that was cut off, wherever it was cut', async () => {
		const events = numbered(SAMPLE_BODIES);
		const file = await write(events);
		const { size } = await stat(file);
		const lastLine = Buffer.byteLength(`${(await readFile(file, 'utf8')).trimEnd().split('\n').at(-1)}\n`);
		for (const cut of [2, 10, lastLine - 1]) {
			await truncate(file, size - cut);
			expect(await read(file)).toEqual(events.slice(0, -1));
		}
	});

	it('keeps a last line that lacks only its line feed', async () => {
		const events = numbered(SAMPLE_BODIES);
		const file = await write(events);
		await truncate(file, (await stat(file)).size - 1);
		expect(await read(file)).toEqual(events);
	});

	it('names the line that is corrupt', async () => {
		const file = await write(numbered(SAMPLE_BODIES));
		const lines = (await readFile(file, 'utf8')).split('\n');
		lines[3] = '{"seq":';
		await writeFile(file, lines.join('\n'));
		await expect(read(file)).rejects.toThrow(`${file}:4: the line is not JSON`);
	});

	it('names the field that has the wrong shape', async () => {
		const file = await write(numbered(SAMPLE_BODIES));
		const content = await readFile(file, 'utf8');
		await writeFile(file, content.replace('"outcome":"answered"', '"outcome":"perhaps"'));
		await expect(read(file)).rejects.toThrow(/:\d+: outcome: .*"perhaps"/);
	});

	it('names the field whose text is nowhere in the file', async () => {
		const file = await write(numbered(SAMPLE_BODIES));
		const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => !line.startsWith('{"$text"'));
		await writeFile(file, lines.join('\n'));
		await expect(read(file)).rejects.toThrow(/:3: messages\.1\.content: /);
	});

	it('names a line that holds too many lists, before it is parsed', async () => {
		const file = await write(numbered(SAMPLE_BODIES));
		await appendFile(file, `${'['.repeat(200_000)}\n`);
		const lines = (await readFile(file, 'utf8')).split('\n').length - 1;
		await expect(read(file)).rejects.toThrow(
			`${file}:${lines}: lists and objects of a JSON text are nested too deeply`,
		);
	});

	it('names a line that is too long, before all of it is read', async () => {
		const file = await write([]);
		await appendFile(file, '{"$text":"');
		await truncate(file, 1 << 30); // a hole: zeros that take no room on the disk
		await expect(read(file)).rejects.toThrow(`${file}:2: the line is too long`);
	});

	it('names a line whose references add up to too much text', async () => {
		const file = await write([]);
		const references = Array.from({ length: 200 }, () => ({ $text: 'a' }));
		const text = { $text: 'a', text: 'y'.repeat(1 << 20) };
		await appendFile(file, `${JSON.stringify(text)}\n${JSON.stringify(references)}\n`);
		await expect(read(file)).rejects.toThrow(`${file}:3: the texts of the line are too long together`);
	});

	it.each([
		['an empty file', '', 'is empty'],
		['a text', 'hello\n', 'this is not a journal of rlm'],
		['other JSON lines', '{"type":"metadata"}\n', 'this is not a journal of rlm'],
		['another version', '{"format":"rlm-journal","version":9}\n', 'version 9, this rlm reads version 1'],
	])('refuses %s', async (_name, content, message) => {
		const file = path.join(folder, 'other.jsonl');
		await writeFile(file, content);
		await expect(read(file)).rejects.toThrow(InputError);
		await expect(read(file)).rejects.toThrow(message);
	});

	it('says that a file does not exist, and that a folder is not a journal', async () => {
		await expect(read(path.join(folder, 'none.jsonl'))).rejects.toThrow('there is no such file');
		await expect(read(folder)).rejects.toThrow('it is a folder');
	});
});

describe('a journal whose disk is slower than its run', () => {
	it('lets the run wait until most of what was appended is written', async () => {
		const journal = createJournal(folder, 'slow');
		const end = { at: 1, runId: 'slow', nodeId: 'c', type: 'call-end', status: 'done', attempts: 1 } as const;
		const append = (seq: number, letter: string) =>
			journal.append({ ...end, seq, queueMs: 0, durationMs: 1, reply: letter.repeat(20 << 20) });
		append(0, 'a');
		append(1, 'b');
		await journal.room();
		expect((await stat(journal.path)).size).toBeGreaterThan(8 << 20);
		await journal.close();
		expect((await stat(journal.path)).size).toBeGreaterThan(40 << 20);
	});
});
