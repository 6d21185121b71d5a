import { afterEach, describe, expect, it } from 'vitest';
import { computeScript } from '../../../src/assets.ts';
import { Compute } from '../../../src/compute/compute.ts';
import { CancelledError, ComputeError } from '../../../src/core/errors.ts';
import { Pacer } from '../../../src/service/http/pacer.ts';
import { Recording } from '../../../src/service/http/recording.ts';

const { signal } = new AbortController();
const ENDLESS = { schema: JSON.stringify({ pattern: '^(a+)+$' }), answer: JSON.stringify(`${'a'.repeat(60)}!`) };
const QUICK = { schema: '{"type":"integer"}', answer: '1' };

let compute = new Compute(computeScript);
afterEach(async () => {
	await compute.dispose();
	compute = new Compute(computeScript);
});

const failure = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

describe('work on outside data', () => {
	it('is done on a thread', async () => {
		expect(await compute.run('checkAnswer', QUICK, 60_000, signal)).toBeUndefined();
		expect(await compute.run('checkAnswer', { ...QUICK, answer: '"x"' }, 60_000, signal)).toMatch(/^the value: /);
	});

	it('is killed at its deadline, and the next job still runs', async () => {
		const killed = await failure(compute.run('checkAnswer', ENDLESS, 200, signal));
		expect(killed).toBeInstanceOf(ComputeError);
		expect(killed).toMatchObject({ reason: 'time' });
		expect(await compute.run('checkAnswer', QUICK, 60_000, signal)).toBeUndefined();
	});

	it('is killed when its caller gives up, while it is done and while it waits', async () => {
		const leaving = new AbortController();
		const given = Array.from({ length: 5 }, () => compute.run('checkAnswer', ENDLESS, 60_000, leaving.signal));
		setTimeout(() => leaving.abort(), 300);
		for (const one of given) expect(await failure(one)).toBeInstanceOf(CancelledError);
		expect(await compute.run('checkAnswer', QUICK, 60_000, signal)).toBeUndefined();
	});

	it('is refused when too many jobs wait', async () => {
		const leaving = new AbortController();
		const given = Array.from({ length: 67 }, () =>
			failure(compute.run('checkAnswer', ENDLESS, 60_000, leaving.signal)),
		);
		expect(await given[66]).toMatchObject({ reason: 'busy' });
		leaving.abort();
		await Promise.all(given);
	});

	it('says why it failed', async () => {
		const work = compute.run('checkAnswer', { schema: '{"$ref":"#/x"}', answer: '1' }, 60_000, signal);
		expect(await failure(work)).toMatchObject({ reason: 'failed', message: expect.stringContaining('#/x') });
	});

	it('finds the declarations of a text', async () => {
		const found = await compute.run('outlineText', { path: 'a.py', text: 'def one():\n    pass\n' }, 60_000, signal);
		expect(found).toMatchObject([{ kind: 'function', name: 'one', line: 1 }]);
	});

	it('gives up lines that its patterns would scan forever', async () => {
		const text = `impl<${'<'.repeat(490)}!\n`.repeat(50_000);
		const work = compute.run('outlineText', { path: 'a.rs', text }, 10, signal);
		expect(await failure(work)).toMatchObject({ reason: 'time' });
	});

	it('leaves contexts of a body as JSON text and the rest as it is', async () => {
		const read = (body: object) =>
			compute.run('readBody', new TextEncoder().encode(JSON.stringify(body)), 60_000, signal);
		expect(await read({ contexts: [{ json: { a: [1] } }, { text: 'json' }], json: null })).toEqual({
			value: { contexts: [{ json: '{"a":[1]}' }, { text: 'json' }], json: 'null' },
		});
	});
});

describe('the recording of an execution', () => {
	const event = (seq: number, text: string) =>
		({ type: 'notice', seq, at: 0, runId: 'r', nodeId: 'n', audience: 'user', text }) as const;

	it('gives all readers the same bytes, from any event on, also those that come later', () => {
		const recording = new Recording();
		for (let seq = 0; seq < 300; seq++) recording.add(event(seq, 'x'.repeat(seq % 7 === 0 ? 70_000 : 300)));
		for (const start of [0, 1, 150, 299]) expect(idsFrom(recording, start)).toEqual(numbers(start, 300));
		expect(recording.from(0)?.bytes.buffer).toBe(recording.from(0)?.bytes.buffer);
		expect(recording.from(300)).toBeUndefined();
		const before = recording.from(299);
		recording.add(event(300, 'late'));
		expect(idsFrom(recording, 300)).toEqual([300]);
		expect(Buffer.from(before?.bytes ?? []).toString()).not.toContain('late');
	});

	function idsFrom(recording: Recording, start: number): number[] {
		let [text, next] = ['', start];
		for (let page = recording.from(next); page; page = recording.from(next)) {
			text += Buffer.from(page.bytes).toString();
			next = page.next;
		}
		return [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
	}

	function numbers(from: number, to: number): number[] {
		return Array.from({ length: to - from }, (_, index) => from + index);
	}
});

describe('thousands of readers', () => {
	it('go on a few at a time, in order, and others have the thread in between', async () => {
		const pacer = new Pacer();
		const went: number[] = [];
		const readers = Array.from({ length: 1000 }, async (_, reader) => {
			await pacer.turn();
			went.push(reader);
		});
		const seen: number[] = [];
		for (let turn = 0; turn < 10; turn++) {
			await new Promise((resolve) => setImmediate(resolve));
			seen.push(went.length);
		}
		expect(seen.every((count, turn) => count <= 32 * (turn + 2))).toBe(true);
		await Promise.all(readers);
		expect(went).toEqual(readers.map((_, reader) => reader));
	});
});
