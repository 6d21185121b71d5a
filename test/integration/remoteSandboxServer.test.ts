import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ConfigError, InputError, SandboxError } from '../../src/core/errors.ts';
import type { SandboxFactory } from '../../src/core/ports/sandbox.ts';
import { REMOTE_PROTOCOL } from '../../src/protocol/remoteFrames.ts';
import { encodeFrame } from '../../src/protocol/sandboxFrames.ts';
import { createRemoteSandboxes } from '../../src/sandbox/host/remote/remoteSandboxes.ts';
import { startSandboxServer } from '../../src/service/sandboxServer/sandboxServer.ts';
import { DEFAULT_TENANT_LIMITS } from '../../src/service/sandboxServer/tenants.ts';
import { cleanUpAfterEach } from '../support/cleanUps.ts';
import {
	startRecordingProxy,
	startTestServer,
	type TestServer,
	type TestServerOptions,
	TOKEN,
} from '../support/remoteSandboxes.ts';
import { createSandboxes, filesOf, runCell, ScriptedHost, sandboxOptions } from '../support/sandboxes.ts';
import { neverAborted } from '../support/signals.ts';

const cleanups = cleanUpAfterEach();

async function start(options?: TestServerOptions): Promise<TestServer> {
	const server = await startTestServer(options);
	cleanups.push(() => server.stop());
	return server;
}

const open = (factory: SandboxFactory, options = {}) => factory.create(sandboxOptions(options), neverAborted);

async function sessionsOf({ url }: TestServer): Promise<number> {
	await expect.poll(async () => (await fetch(`${url}/ready`)).status, { timeout: 20_000 }).toBe(200);
	return ((await (await fetch(`${url}/ready`)).json()) as { sessions: number }).sessions;
}

async function untilSessions(server: TestServer, count: number): Promise<void> {
	await expect.poll(() => sessionsOf(server), { timeout: 20_000 }).toBe(count);
}

function post(url: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
	return fetch(`${url}/execute`, { method: 'POST', body, headers: { authorization: `Bearer ${TOKEN}`, ...headers } });
}

/** A WebSocket on which nothing was sent yet, or the response that refused it. */
async function upgrade(
	url: string,
	headers: Record<string, string> = {},
	protocol = REMOTE_PROTOCOL,
): Promise<WebSocket | IncomingMessage> {
	const webSocket = new WebSocket(`${url.replace('http', 'ws')}/session`, [protocol], {
		headers: { authorization: `Bearer ${TOKEN}`, ...headers },
	});
	cleanups.push(() => webSocket.terminate());
	return new Promise((resolve, reject) => {
		webSocket
			.on('open', () => resolve(webSocket))
			.on('unexpected-response', (_request, response) => resolve(response))
			.on('error', reject);
	});
}

describe('a token', () => {
	it('is required, and the right one; the refusal names the server and what to set', async () => {
		const server = await start();
		for (const token of [undefined, 'wrong', `${TOKEN}x`, TOKEN.slice(0, -1)]) {
			const creation = open(server.client(token));
			await expect(creation).rejects.toBeInstanceOf(SandboxError);
			await expect(creation).rejects.toThrow(server.url);
			await expect(creation).rejects.toThrow(/401.*token.*sandbox\.tokenEnv/);
		}
		expect((await post(server.url, '{"code": "1"}', { authorization: 'Basic abc' })).status).toBe(401);
		expect(await sessionsOf(server)).toBe(0);
	});

	it('may be missing on loopback only', async () => {
		const open = { port: 0, owners: [], limits: DEFAULT_TENANT_LIMITS, sandboxes: createSandboxes() };
		const start = startSandboxServer({ ...open, host: '0.0.0.0' });
		await expect(start).rejects.toBeInstanceOf(InputError);
		await expect(start).rejects.toThrow(/without a token/);
	});

	it('is not needed on loopback when there is none, but browsers are refused', async () => {
		const server = await start({ owners: [], host: '[::1]' });
		expect(new URL(server.url).hostname).toBe('[::1]');
		expect((await post(server.url, '{"code": "print(1)"}', { authorization: '' })).status).toBe(200);
		expect((await post(server.url, '{"code": "1"}', { origin: server.url })).status).toBe(403);
		expect((await post(server.url, '{"code": "1"}', { 'sec-fetch-site': 'none' })).status).toBe(403);
		const refused = await upgrade(server.url, { origin: 'http://localhost' });
		expect(refused).toMatchObject({ statusCode: 403 });
	});

	it('that is not set here is a mistake with the name of its variable', async () => {
		const factory = createRemoteSandboxes({
			url: 'http://127.0.0.1:1',
			token: () => undefined,
			tokenName: 'BOX_TOKEN',
		});
		await expect(open(factory)).rejects.toBeInstanceOf(ConfigError);
		await expect(open(factory)).rejects.toThrow(/BOX_TOKEN is not set/);
	});
});

describe('the routes', () => {
	it('tell of health and readiness without a token, and of nothing else', async () => {
		const server = await start();
		expect(await (await fetch(`${server.url}/health`)).json()).toEqual({ status: 'ok' });
		expect(await sessionsOf(server)).toBe(0);
		expect((await fetch(`${server.url}/anything`)).status).toBe(401);
		const response = await fetch(`${server.url}/anything`, { headers: { authorization: `Bearer ${TOKEN}` } });
		expect(response.status).toBe(404);
		expect(await response.json()).toMatchObject({ error: { code: 'not-found' } });
	});

	it('run one cell that leaves nothing behind', async () => {
		const server = await start();
		const response = await post(server.url, JSON.stringify({ code: "x = 1\nprint('ü', llm_query('q').category)" }));
		expect(response.status).toBe(200);
		expect(await response.json()).toMatchObject({ stdout: 'ü refused\n', changed: [{ name: 'x', type: 'int' }] });
		const next = await post(server.url, JSON.stringify({ code: 'while x: pass', timeoutMs: 200 }));
		expect(await next.json()).toMatchObject({ error: { type: 'NameError' } });
		const late = await post(server.url, JSON.stringify({ code: 'while True: pass', timeoutMs: 200 }));
		expect(await late.json()).toMatchObject({ error: { type: 'Timeout' } });
	});

	it.each([
		['no JSON', 400, 'input'],
		['{}', 400, 'input'],
		['{"code": "1", "timeoutMs": -1}', 400, 'input'],
		['{"code": "1", "host": "x"}', 400, 'input'],
		[JSON.stringify({ code: '#'.repeat(5_000_000) }), 413, 'too-large'],
	])('refuse a body that is no request: %.40s', async (body, status, code) => {
		const response = await post((await start()).url, body);
		expect(response.status).toBe(status);
		expect(await response.json()).toMatchObject({ error: { code, message: expect.any(String) } });
	});

	it('refuse other protocols', async () => {
		const { url } = await start();
		expect(await upgrade(url, {}, 'chat')).toMatchObject({ statusCode: 400 });
		expect(await upgrade(url, {}, 'rlm-sandbox.0')).toMatchObject({ statusCode: 400 });
	});
});

describe('the limits of a tenant', () => {
	const other = 'the-token-of-somebody-else';
	const owners = [
		{ name: 'tests', token: TOKEN },
		{ name: 'others', token: other },
	];

	it('are sessions, which come back when one ends; another tenant has its own', async () => {
		const server = await start({ owners, limits: { sessions: 1 } });
		const first = await open(server.client());
		const refused = open(server.client());
		await expect(refused).rejects.toMatchObject({ reason: 'start' });
		await expect(refused).rejects.toThrow(/429: all 1 sessions of this token are in use/);
		expect((await post(server.url, '{"code": "1"}')).status).toBe(429);
		expect((await runCell(await open(server.client(other)), '1 + 1')).stdout).toBe('2\n');
		await first.dispose();
		await untilSessions(server, 1);
		expect((await runCell(await open(server.client()), '1 + 1')).stdout).toBe('2\n');
	});

	it('are memory and text', async () => {
		const server = await start({ limits: { memoryBytes: 1 << 30, contextBytes: 1000 } });
		await expect(open(server.client(), { memoryBytes: 2 ** 31 })).rejects.toThrow(/1024 MB of this token/);
		const contexts = [filesOf({ a: 'x'.repeat(1001) })];
		await expect(open(server.client(), { contexts })).rejects.toThrow(/texts of this token/);
		const small = await open(server.client(), { contexts: [filesOf({ a: 'x'.repeat(1000) })] });
		await expect(open(server.client())).rejects.toThrow(/memory left/);
		await small.dispose();
		await untilSessions(server, 0);
		await open(server.client());
	});

	it('are cells at a time, and a refused one does not harm its session', async () => {
		const server = await start({ limits: { cells: 1 } });
		await sessionsOf(server);
		const [busy, waiting] = [await open(server.client()), await open(server.client())];
		let hasStarted = false;
		const controller = new AbortController();
		const running = runCell(busy, "print('started')\nwhile True: pass", {
			signal: controller.signal,
			onOutput: () => {
				hasStarted = true;
			},
		}).catch(() => 'cancelled');
		await expect.poll(() => hasStarted).toBe(true);
		await expect(runCell(waiting, '1')).rejects.toThrow(/all 1 cells that may run at a time/);
		controller.abort();
		expect(await running).toBe('cancelled');
		expect((await runCell(waiting, '1')).stdout).toBe('1\n');
	});

	it('are the time that nothing runs, and the age of a session', async () => {
		// Long enough that on a busy machine the cell begins before the session has been idle for that long.
		const idle = await start({ limits: { idleMs: 4000 } });
		const quiet = await open(idle.client());
		// While a cell runs the session is not idle.
		expect((await runCell(quiet, 'import time\ntime.sleep(5)\n1')).stdout).toBe('1\n');
		await untilSessions(idle, 0);
		await expect(runCell(quiet, '1')).rejects.toThrow(/ended the session: nothing ran for 4 s/);
		const old = await start({ limits: { lifetimeMs: 12_000 } });
		const sandbox = await open(old.client());
		await expect(runCell(sandbox, 'while True: pass')).rejects.toThrow(/ended the session: it is older/);
	});
});

describe('a session ends', () => {
	it('when its client goes, whatever it is doing', async () => {
		const server = await start();
		const proxy = await startRecordingProxy(server.url);
		const client = createRemoteSandboxes({ url: proxy.url, token: () => TOKEN });
		const host = new ScriptedHost(() => new Promise(() => {}));
		const sandbox = await open(client, { host });
		const cell = runCell(sandbox, "llm_query('q')").catch((error: unknown) => error);
		await expect.poll(() => host.queries.length).toBe(1);
		expect(await sessionsOf(server)).toBe(1);
		await proxy.stop();
		expect(await cell).toMatchObject({ reason: 'crashed', message: expect.stringContaining(proxy.url) });
		await untilSessions(server, 0);
		expect(host.signals[0]?.aborted).toBe(true);
	});

	it('when its client falls silent without a word', async () => {
		const server = await start({ graceMs: 4500 });
		const proxy = await startRecordingProxy(server.url);
		cleanups.push(() => proxy.stop());
		await open(createRemoteSandboxes({ url: proxy.url, token: () => TOKEN }));
		expect(await sessionsOf(server)).toBe(1);
		proxy.freeze();
		await untilSessions(server, 0);
		expect(server.logged.join('\n')).toContain('silent for 4.5 s');
	});

	it('when the server stops: the run is told where and what to do', async () => {
		const server = await start();
		const sandbox = await open(server.client());
		const cell = runCell(sandbox, 'while True: pass').catch((error: unknown) => error);
		await server.server.close(0);
		const error = await cell;
		expect(error).toBeInstanceOf(SandboxError);
		expect(String(error)).toContain(`${server.url} ended the session: the server is stopping`);
		await expect(runCell(sandbox, '1')).rejects.toBeInstanceOf(SandboxError);
		await expect(open(server.client())).rejects.toThrow(/cannot be reached.*rlm sandbox-server/);
	});

	it('by itself while the server waits for it, and no other begins', async () => {
		const server = await start();
		const sandbox = await open(server.client());
		await sessionsOf(server);
		const closed = server.server.close(60_000);
		await expect(open(server.client())).rejects.toBeInstanceOf(SandboxError);
		expect((await runCell(sandbox, '1 + 1')).stdout).toBe('2\n');
		await sandbox.dispose();
		await closed;
	});

	const twice = Buffer.from(
		JSON.stringify({ memoryBytes: 1 << 29, texts: [0], contexts: [], histories: [0, 0], tools: [] }),
	);
	const frames: readonly (readonly [what: string, frame: Uint8Array | string])[] = [
		['a text', 'hello'],
		['no frame', Buffer.alloc(64, 255)],
		['a header that is no JSON', Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 123, 123])],
		['an unknown message', encodeFrame({ op: 'eval' })],
		['a command before the session', encodeFrame({ op: 'memory', id: 1 })],
		['a text before the session', encodeFrame({ op: 'piece' }, Buffer.from('x'))],
		['an answer to nothing', encodeFrame({ op: 'answer', ask: 1 })],
		['a description that is none', encodeFrame({ op: 'open' }, Buffer.from('{"memoryBytes": 1}'))],
		['a file beyond its text', encodeFrame({ op: 'open' }, description([{ path: 'a', length: 5 }], [4]))],
		['a text that was not announced', encodeFrame({ op: 'open' }, description([], []))],
		['a text that is used twice', encodeFrame({ op: 'open' }, twice)],
		['texts of a size that there is not', encodeFrame({ op: 'open' }, description([], [2 ** 60]))],
	];

	it('when a client sends what it must not send, and the server serves on', async () => {
		const server = await start();
		for (const [, frame] of frames) await sendAndWait(server, frame);
		await untilSessions(server, 0);
		expect((await runCell(await open(server.client()), '1 + 1')).stdout).toBe('2\n');
		expect(server.logged.filter((line) => line.includes('ended')).length).toBe(frames.length);
	});

	async function sendAndWait(server: TestServer, frame: Uint8Array | string): Promise<void> {
		const webSocket = await upgrade(server.url);
		if (!(webSocket instanceof WebSocket)) throw new Error('the server refused a session');
		const closed = new Promise((resolve) => webSocket.once('close', resolve));
		webSocket.send(frame);
		await closed;
	}
});

function description(files: readonly object[], texts: readonly number[]): Uint8Array {
	const complete = files.map((file) => ({ offset: 0, lineCount: 1, firstLine: 1, ...file }));
	const context = { kind: 'files', label: '', text: 0, files: complete };
	return Buffer.from(JSON.stringify({ memoryBytes: 1 << 29, texts, contexts: [context], histories: [], tools: [] }));
}
