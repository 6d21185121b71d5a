// The scheduler over real connections: what it decides has to reach the sockets.
import { describe, expect, test } from 'vitest';
import { CancelledError, ModelError } from '../../src/core/errors.ts';
import type { CallObserver, ModelCall } from '../../src/core/ports/model.ts';
import { createPool, type Pool } from '../../src/pool/pool.ts';
import type { ServerSettings } from '../../src/settings/servers.ts';
import { cleanUpAfterEach } from '../support/cleanUps.ts';
import { observer } from '../support/observers.ts';
import { type Script, type ScriptedServer, startScriptedServer } from '../support/scriptedServer.ts';
import { neverAborted } from '../support/signals.ts';

const cleanUps = cleanUpAfterEach();

async function start(script: Script): Promise<ScriptedServer> {
	const server = await startScriptedServer({ kind: 'openai', script });
	cleanUps.push(() => server.stop());
	return server;
}

function open(servers: readonly ServerSettings[]): Pool {
	const pool = createPool({ servers, apiKey: async () => undefined });
	cleanUps.push(() => pool.dispose());
	return pool;
}

type Failure = Parameters<CallObserver['onAttemptFailed']>[0];

function ask(pool: Pool, text: string, extra: Partial<ModelCall> = {}, signal: AbortSignal = neverAborted) {
	const failures: Failure[] = [];
	let shown = '';
	const watched = observer({
		onDelta: (delta) => {
			shown += delta;
		},
		onAttemptFailed: (failure) => {
			failures.push(failure);
			if (failure.restartsReply) shown = '';
		},
	});
	const call = { role: 'sub', messages: [{ role: 'user', content: text }], runId: 'r', conversationId: text } as const;
	return { reply: pool.call({ ...call, ...extra }, watched, signal), failures, shown: () => shown };
}

const models = ['scripted-model'];

describe('places', () => {
	test('no server gets more calls at a time than its limit, and all of them are used', async () => {
		let [running, most] = [0, 0];
		const script: Script = async () => {
			most = Math.max(most, ++running);
			await new Promise((resolve) => setTimeout(resolve, 5));
			running--;
			return { text: 'yes' };
		};
		const [a, b] = [await start(script), await start(script)];
		const pool = open([a.settings('a', { models, maxConcurrent: 2 }), b.settings('b', { models, maxConcurrent: 3 })]);
		const replies = await Promise.all(Array.from({ length: 60 }, (_, index) => ask(pool, `q${index}`).reply));
		expect(replies).toHaveLength(60);
		expect(most).toBeLessThanOrEqual(5);
		expect(Math.min(a.requests.length, b.requests.length)).toBeGreaterThan(0);
		expect(pool.servers().map(({ inFlight, waiting }) => inFlight + waiting)).toEqual([0, 0]);
	});

	test('cancelling closes the connection and the next call gets the place', async () => {
		const server = await start((request) =>
			request.text.includes('long') ? { text: 'late', delayMs: 60_000 } : { text: 'soon' },
		);
		const pool = open([server.settings('only', { models, maxConcurrent: 1 })]);
		const controller = new AbortController();
		const long = ask(pool, 'long', {}, controller.signal);
		await server.requested(1);
		const next = ask(pool, 'next');
		const rejected = expect(long.reply).rejects.toBeInstanceOf(CancelledError);
		controller.abort();
		await rejected;
		await server.clientClosed(1);
		expect((await next.reply).text).toBe('soon');
	});

	test('a call that nobody waits for any longer ends in the queue', async () => {
		const server = await start(() => ({ text: 'late', delayMs: 60_000 }));
		const pool = open([server.settings('only', { models, maxConcurrent: 1 })]);
		const first = ask(pool, 'first', { timeLeftMs: 400 });
		const second = ask(pool, 'second', { timeLeftMs: 100 });
		const ends = await Promise.allSettled([first.reply, second.reply]);
		for (const end of ends) {
			expect(end).toMatchObject({ status: 'rejected', reason: { facts: { category: 'timeout' } } });
			expect((end as PromiseRejectedResult).reason).toBeInstanceOf(ModelError);
		}
		await server.clientClosed(1);
		expect(server.requests).toHaveLength(1);
		expect(pool.servers()[0]).toMatchObject({ inFlight: 0, waiting: 0 });
	});
});

describe('failover', () => {
	test('of a reply that was cut starts it anew, and the texts of two attempts are never mixed', async () => {
		const server = await start([{ text: 'one two three', fault: 'cut' }, { text: 'four five six' }]);
		const { reply, failures, shown } = ask(open([server.settings('only', { models })]), 'q');
		expect((await reply).text).toBe('four five six');
		expect(failures).toMatchObject([{ category: 'stream-cut', restartsReply: true, next: { kind: 'retry' } }]);
		expect(shown()).toBe('four five six');
	});

	test('of a server that refuses everything leaves it alone, and its calls are served elsewhere', async () => {
		const refusing = await start(() => ({ status: 503, body: 'server busy' }));
		const working = await start(() => ({ text: 'yes', delayMs: 2 }));
		const pool = open([
			refusing.settings('refusing', { models, maxConcurrent: 4 }),
			working.settings('working', { models, maxConcurrent: 2 }),
		]);
		const replies = await Promise.all(Array.from({ length: 30 }, (_, index) => ask(pool, `q${index}`).reply));
		expect(new Set(replies.map(({ server }) => server))).toEqual(new Set(['working']));
		expect(refusing.requests.length).toBeLessThanOrEqual(8);
		expect(pool.servers()[0]).toMatchObject({ limit: 1 });
	});
});

test('what was measured is in the snapshot', async () => {
	const server = await start(() => ({ text: 'word '.repeat(50), chunks: 10, chunkDelayMs: 2, delayMs: 5 }));
	const pool = open([server.settings('only', { models })]);
	await ask(pool, 'word '.repeat(1000)).reply;
	const [snapshot] = pool.servers();
	expect(snapshot).toMatchObject({ health: 'healthy', errorShare: 0, breaker: 'closed', inFlight: 0, limit: 4 });
	for (const figure of ['promptSpeed', 'completionSpeed', 'firstTokenMs', 'silentForMs'] as const) {
		expect(snapshot?.[figure]).toBeGreaterThan(0);
	}
});
