import { execFile } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import type { RunEvent, RunOutcome } from '../../../src/core/events.ts';
import type { ModeReason } from '../../../src/core/modes.ts';
import { present } from '../../../src/core/present.ts';
import { NO_TOTALS, NO_USAGE } from '../../../src/core/totals.ts';
import { dayOf, lastDays } from '../../../src/pool/usage/day.ts';
import { createLedger } from '../../../src/pool/usage/ledger.ts';

const folders: string[] = [];
afterEach(() => {
	for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
	folders.push(mkdtempSync(path.join(tmpdir(), 'rlm-ledger-')));
	return folders.at(-1) as string;
}

const NOON = new Date(2026, 10, 21, 12).getTime();
let seq = 0;
const head = (nodeId: string, parentId?: string) =>
	present({
		seq: seq++,
		at: NOON,
		runId: 'r',
		nodeId,
		parentId,
	});

function message(server: string, promptTokens: number, rest: object = {}): RunEvent {
	return {
		...head('i'),
		type: 'message-end',
		text: '',
		reasoning: '',
		finishReason: 'stop',
		usage: { promptTokens, completionTokens: 10, cachedPromptTokens: 5, isEstimate: false },
		costUsd: 0.5,
		server,
		model: 'm',
		attempts: 1,
		queueMs: 0,
		firstTokenMs: 1,
		durationMs: 100,
		...rest,
	};
}

function callEnd(nodeId: string, rest: object = {}): RunEvent {
	return {
		...head(nodeId),
		type: 'call-end',
		status: 'done',
		reply: '',
		usage: { promptTokens: 7, completionTokens: 3, isEstimate: true },
		server: 'gpu',
		model: 'small',
		attempts: 1,
		queueMs: 40,
		durationMs: 50,
		...rest,
	};
}

function childStart(callNode: string): RunEvent {
	const start: Partial<RunEvent> = { rootServer: 'gpu', rootModel: 'small', subServer: 'gpu', subModel: 'small' };
	return { ...head('child', callNode), type: 'run-start', ...start } as RunEvent;
}

function attemptFailed(server: string): RunEvent {
	const failure = { category: 'connect', message: 'no', restartsReply: false, next: { kind: 'give-up' } } as const;
	return { ...head('i'), type: 'attempt-failed', server, ...failure };
}

async function record(into: string, events: readonly RunEvent[], now = () => NOON): Promise<void> {
	const failures: Error[] = [];
	const recording = createLedger(into, (error) => failures.push(error), now).record();
	for (const event of events) recording.add(event);
	await recording.close();
	expect(failures).toEqual([]);
}

const read = async (from: string, days = ['2026-11-21']) => createLedger(from, () => {}).read(days);

function runEnd(outcome: RunOutcome, rest: object = {}): RunEvent {
	const totals = { ...NO_TOTALS, calls: 2, usage: { ...NO_USAGE, promptTokens: 90, completionTokens: 10 } };
	const answer = { answer: '', citations: [], iterations: 1, durationMs: 500 };
	return { ...head('r'), type: 'run-end', outcome, totals, ...answer, ...rest };
}

function planStart(plan: string, parentId?: string): RunEvent {
	return { ...head('r', parentId), type: 'plan-start', plan, about: '' };
}

describe('the ledger', () => {
	test('counts every run once when it ends, by mode and by the plan that it ended with', async () => {
		const at = folder();
		const guided = (reason: ModeReason): RunEvent => ({ ...head('r'), type: 'mode-start', mode: 'guided', reason });
		const led = guided({ kind: 'small-model' });
		await record(at, [led, planStart('table'), planStart('locate'), runEnd('answered', { mode: 'guided' })]);
		await record(at, [led, planStart('locate'), planStart('table', 'c'), runEnd('partial', { mode: 'guided' })]);
		await record(at, [
			led,
			planStart('locate'),
			{ ...guided({ kind: 'asked' }), mode: 'explore' } as RunEvent,
			runEnd('failed', { mode: 'explore' }),
		]);
		await record(at, [{ ...runEnd('answered', { mode: 'direct' }), parentId: 'c' }, runEnd('cancelled')]);
		const [day] = await read(at);
		const sums = { calls: 4, tokens: 200, costUsd: 0, unpricedCalls: 0, durationMs: 1000 };
		expect(day?.modes).toEqual([
			{ mode: 'guided', plan: 'locate', runs: 2, answered: 1, partial: 1, failed: 0, ...sums },
			{
				mode: 'explore',
				plan: '',
				runs: 1,
				answered: 0,
				partial: 0,
				failed: 1,
				...sums,
				calls: 2,
				tokens: 100,
				durationMs: 500,
			},
		]);
		expect(day?.servers).toEqual([]);
		expect(day?.damagedLines).toBe(0);
	});

	test('counts every request once that a server worked on, by server and model', async () => {
		const at = folder();
		await record(at, [
			message('cloud', 100),
			message('cloud', 200, { costUsd: undefined }),
			callEnd('a'),
			callEnd('b', { status: 'memo' }),
			callEnd('c', { status: 'refused', usage: undefined, server: undefined, model: undefined }),
			childStart('d'),
			callEnd('d', { usage: { ...NO_USAGE, promptTokens: 1e6 } }),
			attemptFailed('gpu'),
			{ ...head('e'), type: 'attempt-lost', server: 'lost', model: 'm', usage: { ...NO_USAGE, promptTokens: 50 } },
		]);
		expect(await read(at)).toEqual([
			{
				day: '2026-11-21',
				damagedLines: 0,
				modes: [],
				servers: [
					{
						server: 'cloud',
						model: 'm',
						calls: 2,
						failedAttempts: 0,
						promptTokens: 300,
						cachedPromptTokens: 10,
						completionTokens: 20,
						estimatedCalls: 0,
						costUsd: 0.5,
						unpricedCalls: 1,
						durationMs: 200,
					},
					{
						server: 'gpu',
						model: 'small',
						calls: 1,
						failedAttempts: 1,
						promptTokens: 7,
						cachedPromptTokens: 0,
						completionTokens: 3,
						estimatedCalls: 1,
						costUsd: 0,
						unpricedCalls: 1,
						durationMs: 10,
					},
					expect.objectContaining({ server: 'lost', calls: 1, failedAttempts: 0, promptTokens: 50 }),
				],
			},
		]);
	});

	test('nothing used writes nothing, and a day without a file is empty', async () => {
		const at = path.join(folder(), 'deep', 'inside');
		await record(at, [callEnd('a', { status: 'memo' })]);
		expect(await read(at)).toEqual([{ day: '2026-11-21', damagedLines: 0, servers: [], modes: [] }]);
	});

	test('a long run is written as it goes, each part on its day', async () => {
		const at = folder();
		let now = new Date(2026, 10, 21, 23, 59, 50).getTime();
		const recording = createLedger(
			at,
			() => {},
			() => now,
		).record();
		recording.add(message('gpu', 1));
		now += 9_000;
		recording.add(message('gpu', 10));
		now += 11_000;
		recording.add(message('gpu', 100));
		now += 1_000;
		recording.add(message('gpu', 1000));
		await recording.close();
		expect(readdirSync(at).sort()).toEqual(['usage-2026-11-21.jsonl', 'usage-2026-11-22.jsonl']);
		const [first, second] = await read(at, ['2026-11-21', '2026-11-22']);
		expect(first?.servers).toMatchObject([{ calls: 2, promptTokens: 11 }]);
		expect(second?.servers).toMatchObject([{ calls: 2, promptTokens: 1100 }]);
	});

	test('usage before midnight counts for that day even if the run ends hours later', async () => {
		const at = folder();
		let now = new Date(2026, 10, 21, 23, 0).getTime();
		const recording = createLedger(
			at,
			() => {},
			() => now,
		).record();
		recording.add(message('gpu', 1));
		now += 3 * 3_600_000;
		await recording.close();
		expect(readdirSync(at)).toEqual(['usage-2026-11-21.jsonl']);
	});

	test('several processes write one file and nothing is lost', async () => {
		const at = folder();
		const script = path.join(at, 'writer.mjs');
		const ledger = pathToFileURL(path.resolve('src/pool/usage/ledger.ts')).href;
		writeFileSync(
			script,
			`import { createLedger } from ${JSON.stringify(ledger)};
			const event = ${JSON.stringify(message('gpu', 1))};
			const ledger = createLedger(${JSON.stringify(at)}, (error) => { throw error; }, () => ${NOON});
			for (let run = 0; run < 50; run++) {
				const recording = ledger.record();
				recording.add(event);
				await recording.close();
			}`,
		);
		const run = promisify(execFile);
		const options = { env: { ...process.env, NODE_NO_WARNINGS: '1' } };
		await Promise.all(Array.from({ length: 4 }, () => run(process.execPath, [script], options)));
		const [day] = await read(at);
		expect(day).toMatchObject({ damagedLines: 0, servers: [{ calls: 200, promptTokens: 200 }] });
	});

	test('a line that was cut is passed over and counted', async () => {
		const at = folder();
		await record(at, [message('gpu', 1)]);
		appendFileSync(path.join(at, 'usage-2026-11-21.jsonl'), '{"server":"gpu","mod\n{"server":"x"}\n');
		expect(await read(at)).toMatchObject([{ damagedLines: 2, servers: [{ calls: 1 }] }]);
	});

	test('a folder that cannot be written is told once, and the run goes on', async () => {
		const at = path.join(folder(), 'file');
		writeFileSync(at, '');
		const failures: Error[] = [];
		const recording = createLedger(
			at,
			(error) => failures.push(error),
			() => NOON,
		).record();
		recording.add(message('gpu', 1));
		await recording.close();
		recording.add(message('gpu', 1));
		await recording.close();
		expect(failures).toHaveLength(1);
	});
});

test('days are local ones, and none is skipped', () => {
	expect(dayOf(new Date(2026, 0, 2, 0, 0, 1).getTime())).toBe('2026-01-02');
	expect(lastDays(3, new Date(2026, 2, 1, 1).getTime())).toEqual(['2026-02-27', '2026-02-28', '2026-03-01']);
});
