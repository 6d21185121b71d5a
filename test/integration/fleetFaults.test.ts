import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ModelCall, Provider } from '../../src/core/ports/model.ts';
import { TokenEstimator } from '../../src/models/estimate.ts';
import { createPool, type Pool, type PoolOptions } from '../../src/pool/pool.ts';
import { createProvider } from '../../src/pool/providers.ts';
import type { ServerSettings } from '../../src/settings/servers.ts';
import { cleanUpAfterEach } from '../support/cleanUps.ts';
import { fastClock } from '../support/clocks.ts';
import { type Fleet, startFleet } from '../support/fleet.ts';
import { load, prompts, sixServers } from '../support/fleetLoad.ts';
import { answerTo, type FleetServerPlan } from '../support/fleetPlan.ts';
import { block, engineOver, observe, ofType } from '../support/runs.ts';
import { startScriptedServer } from '../support/scriptedServer.ts';
import { certified } from '../support/tls.ts';

const NEVER = new AbortController().signal;
/** Where servers may stay silent. */
const SHORT = { timeouts: { connectMs: 5_000, firstByteMs: 400, idleMs: 400 } };
const PLACES = 8;
/** A machine with other work to do takes its time. */
const PATIENT = { timeout: 30_000 };

const warnings: Error[] = [];
const onWarning = (warning: Error) => warnings.push(warning);
beforeAll(() => void process.on('warning', onWarning));
afterAll(() => {
	process.off('warning', onWarning);
	expect(warnings.map(({ name }) => name)).not.toContain('MaxListenersExceededWarning');
});

const cleanUps = cleanUpAfterEach();

async function start(plans: readonly FleetServerPlan[], processes = 3): Promise<Fleet> {
	const fleet = await startFleet(plans, processes);
	cleanUps.push(() => fleet.stop());
	return fleet;
}

function open(servers: PoolOptions['servers'], extra: Partial<PoolOptions> = {}): Pool {
	const pool = createPool({ servers, apiKey: async () => undefined, clock: fastClock(100), ...extra });
	cleanUps.push(() => pool.dispose());
	return pool;
}

const entry = (fleet: Fleet, id: string, extra: object = {}) =>
	fleet.settings(id, { models: ['scripted-model'], maxConcurrent: PLACES, ...extra });

/** Counts the calls that each provider is making at a time. */
class CallCounter {
	/** Most calls at a time by server. */
	readonly most = new Map<string, number>();
	readonly #estimator = new TokenEstimator();

	readonly createProvider = async (server: ServerSettings, key: string | undefined): Promise<Provider> => {
		const provider = await createProvider(server, key, this.#estimator);
		const { chat } = provider;
		let running = 0;
		provider.chat = async (...request) => {
			this.most.set(server.id, Math.max(this.most.get(server.id) ?? 0, ++running));
			try {
				return await chat.apply(provider, request);
			} finally {
				running--;
			}
		};
		return provider;
	};
}

/** Resolves when the first server has seen more calls than that. */
async function chatsAbove(fleet: Fleet, count: number): Promise<void> {
	await expect.poll(async () => (await fleet.logs())[0]?.chats, PATIENT).toBeGreaterThan(count);
}

/** Nothing runs or waits in the pool, and when it is gone no connection is left at any server. */
async function expectNothingLeft(pool: Pool, fleet: Fleet): Promise<void> {
	for (const { id, inFlight, waiting } of pool.servers())
		expect({ id, inFlight, waiting }).toEqual({ id, inFlight: 0, waiting: 0 });
	await pool.dispose();
	await expect
		.poll(async () => (await fleet.logs()).map((log) => log.openConnections).filter(Boolean), PATIENT)
		.toEqual([]);
}

/** Calls at once, each of which has ended when this resolves. */
async function loadAll(pool: Pool, count: number, signal = NEVER, extra: Partial<ModelCall> = {}) {
	const texts = Array.from({ length: count }, (_, index) => `Count the words of part ${index}.`);
	return load(pool, texts, signal, extra);
}

describe('a fleet of six servers in three processes', () => {
	test('ends each of 2,000 calls with its own answer or a typed error when 30 % of requests meet a fault', async () => {
		const plans = sixServers(0.3, 2);
		const fleet = await start(plans);
		const selfSigned = await startScriptedServer({ kind: 'openai', script: [], tls: certified('selfSigned') });
		cleanUps.push(() => selfSigned.stop());
		const models = ['scripted-model'];
		const counter = new CallCounter();
		const servers: ServerSettings[] = [
			...plans.map(({ id }) => entry(fleet, id, SHORT)),
			{ id: 'no-host', kind: 'openai', url: 'http://gpu.invalid:8000', models },
			{ id: 'no-port', kind: 'ollama', url: 'http://127.0.0.1:1', models },
			selfSigned.settings('no-trust', { models }),
		];
		const pool = open(servers, { createProvider: counter.createProvider });
		const report = await load(pool, prompts(2_000), NEVER);
		expect(report).toMatchObject({ wrong: [], untyped: [] });
		// What no server can do is told as that; of the rest nearly all are answered in the end.
		expect(report.failed).toMatchObject({ 'context-overflow': 20, 'bad-request': 20 });
		expect(report.answered).toBeGreaterThan(0.95 * 1_960);
		const logs = await fleet.logs();
		expect(new Set(logs.flatMap(({ faults }) => Object.keys(faults))).size).toBeGreaterThan(25);
		expect(report.failedAttempts).toBeGreaterThan(500);
		for (const { id, chats } of logs) {
			expect(chats).toBeGreaterThan(0);
			expect(counter.most.get(id)).toBeGreaterThan(1);
			expect(counter.most.get(id)).toBeLessThanOrEqual(PLACES);
		}
		await expectNothingLeft(pool, fleet);
	});
});

describe('a fleet that changes while calls are under way', () => {
	const two: readonly FleetServerPlan[] = [
		{ id: 'a', kind: 'openai', serviceMs: 5 },
		{ id: 'b', kind: 'ollama', serviceMs: 5 },
	];
	/** The first answers nothing before it goes, so that its places are taken however slow this machine is. */
	const firstIsBusy: readonly FleetServerPlan[] = two.map((plan) =>
		plan.id === 'a' ? { ...plan, serviceMs: 60_000 } : plan,
	);

	test('a server that restarts costs no call', async () => {
		const fleet = await start(two.slice(0, 1), 1);
		const pool = open([entry(fleet, 'a')]);
		const calls = loadAll(pool, 200);
		await chatsAbove(fleet, 30);
		await fleet.restart('a', 50);
		expect(await calls).toMatchObject({ answered: 200, wrong: [], untyped: [], failed: {} });
		await expectNothingLeft(pool, fleet);
	});

	test('a server that comes back with other models hands its calls over', async () => {
		const fleet = await start(firstIsBusy, 1);
		const pool = open([entry(fleet, 'a'), entry(fleet, 'b')]);
		const calls = loadAll(pool, 200);
		await chatsAbove(fleet, PLACES - 1);
		await fleet.restart('a', 10, ['another-model']);
		expect(await calls).toMatchObject({ answered: 200, wrong: [], untyped: [], failed: {} });
		await expectNothingLeft(pool, fleet);
	});

	test('a server whose process dies for good hands its calls over', async () => {
		const fleet = await start(firstIsBusy, 2);
		const pool = open([entry(fleet, 'a'), entry(fleet, 'b')]);
		const calls = loadAll(pool, 200);
		await chatsAbove(fleet, PLACES - 1);
		await fleet.kill('a');
		expect(await calls).toMatchObject({ answered: 200, wrong: [], untyped: [] });
		expect(pool.servers().find(({ id }) => id === 'a')?.health).toBe('unhealthy');
		await expectNothingLeft(pool, fleet);
	});

	test('when the only server dies for good, every call ends with an error that says so', async () => {
		const fleet = await start(two.slice(0, 1), 1);
		const pool = open([entry(fleet, 'a')]);
		const calls = loadAll(pool, 100, NEVER, { timeLeftMs: 200_000 });
		await chatsAbove(fleet, 10);
		await fleet.kill('a');
		const { answered, failed, wrong, untyped } = await calls;
		expect({ wrong, untyped }).toEqual({ wrong: [], untyped: [] });
		// Some could not connect often enough; the others waited for it to come back as long as they had time.
		const { connect = 0, timeout = 0, ...others } = failed;
		expect(others).toEqual({});
		expect(connect + timeout).toBeGreaterThan(0);
		expect(answered + connect + timeout).toBe(100);
	});

	test('10,000 queued calls are cancelled at once', async () => {
		const plans = two.map((plan) => ({ ...plan, serviceMs: 60_000 }));
		const fleet = await start(plans, 2);
		const pool = open([entry(fleet, 'a'), entry(fleet, 'b')]);
		const controller = new AbortController();
		const calls = loadAll(pool, 10_000, controller.signal);
		const chats = async () => (await fleet.logs()).reduce((sum, log) => sum + log.chats, 0);
		await expect.poll(chats, PATIENT).toBe(2 * PLACES);
		controller.abort();
		expect(await calls).toMatchObject({ answered: 0, failed: { cancelled: 10_000 }, untyped: [] });
		const closed = async () => (await fleet.logs()).reduce((sum, log) => sum + log.closedEarly, 0);
		await expect.poll(closed, PATIENT).toBe(2 * PLACES);
		expect(await chats()).toBe(2 * PLACES);
		await expectNothingLeft(pool, fleet);
	});

	test('calls that wait between two attempts are cancelled as well', async () => {
		const fleet = await start([{ id: 'a', kind: 'anthropic', faultShare: 1 }], 1);
		const pool = open([entry(fleet, 'a', SHORT)], { clock: fastClock(1) });
		const controller = new AbortController();
		const calls = loadAll(pool, 20, controller.signal);
		await chatsAbove(fleet, 5);
		controller.abort();
		const { answered, failed, untyped } = await calls;
		expect(untyped).toEqual([]);
		expect(failed.cancelled).toBeGreaterThan(0);
		expect(answered + Object.values(failed).reduce((sum, count) => sum + count, 0)).toBe(20);
		await expectNothingLeft(pool, fleet);
	});

	test('when the settings change, calls of the pool that is given up end at once', async () => {
		const plans = two.map((plan) => ({ ...plan, serviceMs: 60_000 }));
		const fleet = await start(plans, 2);
		const pool = open([entry(fleet, 'a'), entry(fleet, 'b')]);
		const calls = loadAll(pool, 100);
		await expect
			.poll(async () => (await fleet.logs()).reduce((sum, log) => sum + log.chats, 0), PATIENT)
			.toBe(2 * PLACES);
		await pool.dispose();
		expect(await calls).toMatchObject({ answered: 0, failed: { cancelled: 100 }, untyped: [] });
		await expectNothingLeft(pool, fleet);
		expect(await loadAll(pool, 1)).toMatchObject({ failed: { cancelled: 1 } });
	});

	test('a key that is changed while calls are under way costs none of them', async () => {
		const keys = ['old-key', 'new-key'];
		const fleet = await start([{ id: 'a', kind: 'openai', serviceMs: 5, apiKeys: keys }], 1);
		let key = keys[0];
		const pool = open([entry(fleet, 'a')], { apiKey: async () => key });
		const calls = loadAll(pool, 200);
		await chatsAbove(fleet, 30);
		key = keys[1];
		expect(await calls).toMatchObject({ answered: 200, wrong: [], untyped: [], failed: {}, failedAttempts: 0 });
		const used = (await fleet.logs())[0]?.keys ?? {};
		expect(Object.keys(used)).toEqual(keys);
		await expectNothingLeft(pool, fleet);
	});

	test('a server that refused a key is used again with the next one', async () => {
		const fleet = await start([{ id: 'a', kind: 'openai', apiKeys: ['new-key'] }], 1);
		let key = 'old-key';
		const pool = open([entry(fleet, 'a')], { apiKey: async () => key });
		expect(await loadAll(pool, 3)).toMatchObject({ answered: 0, failed: { auth: 3 }, untyped: [] });
		key = 'new-key';
		expect(await loadAll(pool, 3)).toMatchObject({ answered: 3, failed: {}, untyped: [] });
		await expectNothingLeft(pool, fleet);
	});
});

test('a run gets the replies of a batch in the order of asking, whatever the servers do', async () => {
	const plans = sixServers(0.2, 1);
	const fleet = await start(plans);
	const code = 'r = llm_query_batched([f"Read page {i}." for i in range(100)])\nFINAL("\\n".join(r))';
	const root = await startScriptedServer({ kind: 'openai', script: () => ({ text: block(code) }) });
	cleanUps.push(() => root.stop());
	const engine = engineOver([
		root.settings('root', { roles: ['root'], models: ['scripted-model'] }),
		...plans.map(({ id }) => entry(fleet, id, { roles: ['sub'], ...SHORT })),
	]);
	cleanUps.push(() => engine.dispose());
	const run = await observe(engine, { limits: { callsPerCell: 100, concurrency: 48 } });
	const { answer } = await run.ended;
	const replies = String(answer).split('\n');
	const expected = Array.from({ length: 100 }, (_, index) => answerTo(`Read page ${index}.`));
	const answered = replies.filter((reply) => !reply.startsWith('Error:'));
	expect(answered.length).toBeGreaterThan(90);
	expect(answered).toEqual(expected.filter((reply) => answered.includes(reply)));
	expect(ofType(run.events, 'attempt-failed').length).toBeGreaterThan(0);
	expect(ofType(run.events, 'call-end')).toHaveLength(100);
});
