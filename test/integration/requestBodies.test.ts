// Bodies of requests that stall, break off or hold too much, at both servers.
import { createConnection, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { cleanUpAfterEach } from '../support/cleanUps.ts';
import { startTestServer, type TestServerOptions, TOKEN } from '../support/remoteSandboxes.ts';
import { startTestService, until } from '../support/service.ts';

const opened = cleanUpAfterEach();

async function service(options: Parameters<typeof startTestService>[1]) {
	const started = await startTestService(undefined, options);
	opened.push(() => started.stop());
	return started;
}

async function sandboxServer(options: TestServerOptions = {}) {
	const started = await startTestServer(options);
	opened.push(() => started.stop());
	return started;
}

/** Announces a body of 2,000 bytes and sends only 800 of them. */
async function stall(url: string, route: string, type: string): Promise<Socket> {
	const { hostname, port } = new URL(url);
	const socket = createConnection(Number(port), hostname);
	opened.push(() => void socket.destroy());
	const headers = `Host: localhost\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: ${type}\r\nContent-Length: 2000`;
	socket.write(`POST ${route} HTTP/1.1\r\n${headers}\r\n\r\n${'x'.repeat(800)}`);
	return socket;
}

const CONTEXT = { text: 'y'.repeat(300) };

describe.each([
	['/query', 'application/json'],
	['/contexts', 'text/plain'],
])('a body for POST %s that stalls', (route, type) => {
	it('leaves room for no more than the service holds, until its time is over', async () => {
		const { url, call } = await service({ bodyLimits: { bytes: 1000, idleMs: 1000 } });
		const answered = text(await stall(url, route, type));
		let refused = await call('POST', '/contexts', CONTEXT);
		await until(async () => {
			if (refused.status === 201) refused = await call('POST', '/contexts', CONTEXT);
			return refused.status !== 201;
		});
		expect(refused).toMatchObject({ status: 503, body: { error: { code: 'busy' } } });
		expect(refused.headers.get('retry-after')).toBe('5');
		expect(await answered).toMatch(/^HTTP\/1\.1 408 .*"code":"too-slow"/s);
		expect((await call('POST', '/contexts', CONTEXT)).status).toBe(201);
	});
});

describe('a question', () => {
	it('of more than 1,000,000 characters is refused, and so is a name of more than 4,096', async () => {
		const { call } = await service({});
		const long = await call('POST', '/query', { query: 'q'.repeat(1_000_001), contexts: [CONTEXT] });
		const query = 'query: must have at most 1,000,000 characters';
		expect(long).toMatchObject({ status: 400, body: { error: { code: 'input', message: query } } });
		const label = 'l'.repeat(4097);
		const named = await call('POST', '/contexts', { ...CONTEXT, label });
		const message = 'label: must have at most 4,096 characters';
		expect(named).toMatchObject({ status: 400, body: { error: { message } } });
		const asText = await call('POST', `/contexts?label=${label}`, 'text', { 'content-type': 'text/plain' });
		expect(asText).toMatchObject({ status: 400, body: { error: { message } } });
	});
});

describe('a body for POST /execute', () => {
	const execute = (url: string, body: string) =>
		fetch(`${url}/execute`, { method: 'POST', body, headers: { authorization: `Bearer ${TOKEN}` } });

	it('is received only while its tenant has room for the cell', async () => {
		const { url } = await sandboxServer({ limits: { cells: 1 }, bodyLimits: { idleMs: 1000 } });
		const answered = text(await stall(url, '/execute', 'application/json'));
		await until(async () => (await execute(url, 'no JSON')).status === 429);
		expect(await answered).toMatch(/^HTTP\/1\.1 408 .*"code":"too-slow"/s);
		expect((await execute(url, 'no JSON')).status).toBe(400);
	});

	it('is refused before it is parsed when it holds too many lists', async () => {
		const { url } = await sandboxServer();
		const answer = await execute(url, `{"code":${'[],'.repeat(200_000)}`);
		expect(answer.status).toBe(400);
		expect(await answer.text()).toContain('too many lists and objects');
	});

	it('that breaks off is no defect of the server', async () => {
		const { url, logged } = await sandboxServer();
		const socket = await stall(url, '/execute', 'application/json');
		setTimeout(() => socket.destroy(), 100);
		await until(() => logged.some((line) => line.includes('path=/execute')));
		expect((await execute(url, 'no JSON')).status).toBe(400);
		expect(logged.filter((line) => line.includes('bug'))).toEqual([]);
	});
});
