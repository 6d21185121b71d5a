// What the service refuses, how it says so, and how it ends.
import { createConnection } from 'node:net';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/errors.ts';
import { allRoutes } from '../../src/service/http/allRoutes.ts';
import { cleanUpAfterEach } from '../support/cleanUps.ts';
import { startScriptedServer } from '../support/scriptedServer.ts';
import { rawRequest, serviceStarter, startTestService, until } from '../support/service.ts';

const opened = cleanUpAfterEach();

const start = serviceStarter(opened);

const QUESTION = { query: 'Who was the keeper?', contexts: [{ text: 'The keeper was Ada Brandt.' }] };
const TOKEN = 'a-token-of-the-right-length';

describe('a token', () => {
	it('is asked for by every route but /health', async () => {
		const service = await start({ token: TOKEN });
		for (const { method, path, isOpen } of allRoutes()) {
			const answer = await service.call(method.toUpperCase(), path.replace(':id', 'x'));
			expect({ path, status: answer.status }).toEqual({ path, status: isOpen ? 200 : 401 });
		}
		expect((await service.call('GET', '/status')).headers.get('www-authenticate')).toBe('Bearer');
	});

	it.each([`Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`, `Basic ${TOKEN}`, 'Bearer', TOKEN])(
		'is not %j',
		async (authorization) => {
			const service = await start({ token: TOKEN });
			const { status, body } = await service.call('GET', '/status', undefined, { authorization });
			expect({ status, body }).toMatchObject({ status: 401, body: { error: { code: 'unauthorized' } } });
			expect(JSON.stringify(body)).not.toContain(TOKEN);
		},
	);

	it('lets in whoever has it', async () => {
		const service = await start({ token: TOKEN });
		const headers = { authorization: `Bearer ${TOKEN}` };
		expect((await service.call('POST', '/query', QUESTION, headers)).body.answer).toContain('Ada Brandt');
	});

	it.each(['::1', '[::1]'])('is not needed on %s, however it is written', async (host) => {
		const service = await start({ host });
		expect(new URL(service.url).hostname).toBe('[::1]');
		expect((await service.call('GET', '/status')).status).toBe(200);
	});

	it('is needed on any other address than this machine', async () => {
		const open = startTestService(undefined, { host: '0.0.0.0' });
		await expect(open).rejects.toBeInstanceOf(InputError);
		await expect(open).rejects.toThrow(/without a token/);
	});
});

describe('a web page', () => {
	it('that made its own name point here is refused', async () => {
		const { url } = await start();
		const { port } = new URL(url);
		for (const host of [
			'attacker.example',
			`attacker.example:${port}`,
			'localhost.attacker.example',
			'127.999.999.999',
		]) {
			const { status, body } = await rawRequest(url, { path: '/status', headers: { host } });
			expect({ host, status }).toEqual({ host, status: 403 });
			expect(JSON.parse(body)).toMatchObject({ error: { code: 'host' } });
		}
		for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`]) {
			expect((await rawRequest(url, { path: '/status', headers: { host } })).status).toBe(200);
		}
	});

	it('cannot name another host in the target of its request', async () => {
		const { url } = await start();
		const { host } = new URL(url);
		const answers = [
			`http://attacker.example/status`,
			`http://${host}@attacker.example/status`,
			`http://${host}/status`,
		];
		const statuses = await Promise.all(answers.map((path) => rawRequest(url, { path, headers: { host } })));
		expect(statuses.map(({ status }) => status)).toEqual([403, 403, 200]);
	});

	it.each(['cross-site', 'same-site', 'something new'])('that embeds it from %s is refused', async (site) => {
		const service = await start();
		const answer = await service.call('GET', '/status', undefined, { 'sec-fetch-site': site });
		expect(answer).toMatchObject({ status: 403, body: { error: { code: 'origin' } } });
	});

	it('of its own, or one that a person typed the address of, is served', async () => {
		const service = await start();
		for (const site of ['same-origin', 'none']) {
			expect((await service.call('GET', '/health', undefined, { 'sec-fetch-site': site })).status).toBe(200);
		}
	});

	it('under a name that was allowed is served', async () => {
		const { url } = await start({ allowedHosts: ['rlm.example'] });
		expect((await rawRequest(url, { path: '/status', headers: { host: 'rlm.example:80' } })).status).toBe(200);
	});

	it('of another origin is refused, and gets no CORS headers', async () => {
		const service = await start();
		const answer = await service.call('POST', '/query', QUESTION, { origin: 'https://attacker.example' });
		expect(answer).toMatchObject({ status: 403, body: { error: { code: 'origin' } } });
		expect(answer.headers.get('access-control-allow-origin')).toBeNull();
		const { headers } = await rawRequest(service.url, { method: 'OPTIONS', path: '/query' });
		expect(headers['access-control-allow-origin']).toBeUndefined();
	});

	it('of an origin that was allowed may ask, with the token', async () => {
		const origin = 'https://page.example';
		const service = await start({ token: TOKEN, allowedOrigins: [origin] });
		const preflight = await rawRequest(service.url, {
			method: 'OPTIONS',
			path: '/query',
			headers: { origin, 'access-control-request-method': 'POST' },
		});
		expect(preflight.status).toBe(204);
		expect(preflight.headers['access-control-allow-origin']).toBe(origin);
		expect((await service.call('GET', '/status', undefined, { origin })).status).toBe(401);
		const headers = { origin, authorization: `Bearer ${TOKEN}` };
		const answer = await service.call('GET', '/status', undefined, headers);
		expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
		const crossSite = { ...headers, 'sec-fetch-site': 'cross-site' };
		expect((await service.call('GET', '/status', undefined, crossSite)).status).toBe(200);
		const other = { ...headers, origin: 'https://attacker.example' };
		expect((await service.call('GET', '/status', undefined, other)).status).toBe(403);
	});
});

describe('a request', () => {
	it.each([
		['no JSON', '{"query": ', /^the body is not JSON: /],
		['no object', '"text"', /^the body: expected Object, got "text"/],
		['an unknown field', { ...QUESTION, qurey: 'x' }, /^qurey: unknown field/],
		['no question', { contexts: QUESTION.contexts }, /^query: is missing/],
		['an empty question', { ...QUESTION, query: '  ' }, /^query: must not be empty/],
		['no context', { query: 'q' }, /^contexts: is missing/],
		['an empty list of contexts', { query: 'q', contexts: [] }, /^contexts: must hold at least one/],
		[
			'a context of no kind',
			{ query: 'q', contexts: [{ txt: 'x' }] },
			/^contexts\.0: it must have exactly one of id, text/,
		],
		['a context of the wrong type', { query: 'q', contexts: [{ text: 1 }] }, /^contexts\.0.*text.*got 1/],
		['a limit that is none', { ...QUESTION, limits: { iterations: 0 } }, /^limits\.iterations: must be at least 1/],
		['a list', [], /^the body: expected Object/],
		['no files', { query: 'q', contexts: [{ files: [] }] }, /^contexts\.0\.files: must hold at least one/],
		['an unknown limit', { ...QUESTION, limits: { turns: 1 } }, /^limits\.turns: unknown field/],
		[
			'a schema that is none',
			{ ...QUESTION, outputSchema: { $ref: '#/x' } },
			/^outputSchema: not a usable JSON schema/,
		],
		[
			'a path twice',
			{
				query: 'q',
				contexts: [
					{
						files: [
							{ path: 'a', text: '' },
							{ path: 'a', text: '' },
						],
					},
				],
			},
			/twice/,
		],
		[
			'a value nested too deeply',
			`{"query":"q","contexts":[{"json":${'['.repeat(100_000)}${']'.repeat(100_000)}}]}`,
			/nested too deeply/,
		],
	])('with %s is refused with the field', async (_what, body, message) => {
		const service = await start();
		const answer = await service.call('POST', '/query', body);
		expect(answer).toMatchObject({
			status: 400,
			body: { error: { code: 'input', message: expect.stringMatching(message) } },
		});
		expect((await service.call('GET', '/executions')).body.executions).toEqual([]);
	});

	it('that is too large is refused, with and without its length said before', async () => {
		const service = await start({ maxJsonBytes: 1000 });
		const large = { query: 'q', contexts: [{ text: 'x'.repeat(2000) }] };
		expect(await service.call('POST', '/query', large)).toMatchObject({
			status: 413,
			body: { error: { code: 'too-large', hint: expect.stringContaining('/contexts') } },
		});
		const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
		const chunked = await rawRequest(service.url, {
			method: 'POST',
			path: '/query',
			headers,
			body: JSON.stringify(large),
		});
		expect(chunked.status).toBe(413);
		expect((await service.call('POST', '/query', QUESTION)).status).toBe(200);
	});

	it.each(['application/json', 'text/plain'])('of %s that breaks off is no defect of the service', async (type) => {
		const service = await start();
		const { hostname, port } = new URL(service.url);
		const socket = createConnection(Number(port), hostname);
		const head = `POST /contexts HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: 100\r\n\r\n`;
		socket.write(`${head}{"te`, () => setTimeout(() => socket.destroy(), 50));
		const answered = async () => (await service.call('GET', '/metrics')).body as string;
		await until(async () => /route="\/contexts",status/.test(await answered()));
		expect(service.logged.filter((line) => / (error|warn) /.test(line))).toEqual([]);
		expect(service.logged.join('\n')).toMatch(/ request method=POST path=\/contexts ms=\d+ bytes=\d+ cut=true$/m);
		expect(await answered()).not.toContain('status="500"');
	});

	it('of the wrong media type is refused: a web page could send it unasked', async () => {
		const service = await start();
		for (const path of ['/query', '/sessions']) {
			const answer = await service.call('POST', path, JSON.stringify(QUESTION), { 'content-type': 'text/plain' });
			expect(answer).toMatchObject({ status: 415, body: { error: { code: 'media-type' } } });
		}
		const form = await service.call('POST', '/contexts', 'a=1', {
			'content-type': 'application/x-www-form-urlencoded',
		});
		expect(form.status).toBe(415);
	});

	it('for what is not there is told so', async () => {
		const service = await start();
		for (const [method, path] of [
			['GET', '/nothing'],
			['GET', '/executions/00000000'],
			['DELETE', '/executions/00000000'],
			['GET', '/executions/00000000/tree'],
			['GET', '/executions/00000000/events'],
			['POST', '/executions/00000000/answer-now'],
			['GET', '/contexts/ctx_1'],
			['DELETE', '/contexts/ctx_1'],
			['GET', '/sessions/ses_1'],
			['DELETE', '/sessions/ses_1'],
		] as const) {
			const { status, body } = await service.call(method, path);
			expect({ path, status, code: body.error?.code }).toEqual({ path, status: 404, code: 'not-found' });
		}
		const query = await service.call('POST', '/sessions/ses_1/query', { query: 'q' });
		expect(query.status).toBe(404);
		const wrong = await service.call('DELETE', '/query');
		expect(wrong).toMatchObject({ status: 405, body: { error: { code: 'method' } } });
		expect(wrong.headers.get('allow')).toBe('POST');
	});
});

describe('the end of the service', () => {
	it('cancels what runs, answers who waits, and closes every connection', async () => {
		const model = await startScriptedServer({
			kind: 'openai',
			script: () => ({ text: 'long '.repeat(100), chunks: 100, chunkDelayMs: 200 }),
		});
		opened.push(() => model.stop());
		const service = await start({}, model);
		const waiting = service.call('POST', '/query', QUESTION);
		const stream = await service.stream('POST', '/query', QUESTION);
		const { hostname, port } = new URL(service.url);
		const idle = createConnection(Number(port), hostname);
		const idleClosed = new Promise((resolve) => idle.once('close', resolve));
		idle.on('error', () => {}); // being cut is what is waited for
		await model.requested(2);
		await service.stop();
		expect((await waiting).body).toMatchObject({ outcome: 'cancelled' });
		expect((await stream.rest()).at(-1)?.data).toMatchObject({ type: 'run-end', outcome: 'cancelled' });
		await model.clientClosed(2);
		await idleClosed;
		await expect(service.call('GET', '/health')).rejects.toThrow();
	});

	it('is the same when it is asked for twice', async () => {
		const service = await start();
		await Promise.all([service.service.close(), service.service.close()]);
	});
});
