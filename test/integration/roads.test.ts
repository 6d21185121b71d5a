// How a request gets to its server: addresses as people paste them, redirects, proxies, keys.
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { InputError } from '../../src/core/errors.ts';
import { createAnthropicProvider } from '../../src/models/anthropic.ts';
import { useProxies } from '../../src/models/http/proxies.ts';
import { createOllamaProvider } from '../../src/models/ollama.ts';
import { createPool } from '../../src/pool/pool.ts';
import { cleanUpAfterEach } from '../support/cleanUps.ts';
import { observer } from '../support/observers.ts';
import { chunk, events, NEVER, oddServers, QUESTION, STREAM } from '../support/oddServers.ts';
import { certified } from '../support/tls.ts';

const cleanUps = cleanUpAfterEach();
const { listen, provider } = oddServers(cleanUps);

const GOOD = events(chunk({ content: 'Two.' }, { finish_reason: 'stop' }));
const ask = (url: string, extra = {}) => provider(url, undefined, extra).chat(QUESTION, () => {}, NEVER);

describe('the address of a request in place of the address of the server', () => {
	test.each([
		['/v1/chat/completions', '/v1/chat/completions'],
		['/v1/chat/completions/', '/v1/chat/completions'],
		['/chat/completions', '/chat/completions'],
		['/api/v1/chat/completions?tenant=a', '/api/v1/chat/completions?tenant=a'],
		['/v1beta/openai/chat/completions', '/v1beta/openai/chat/completions'],
		['/v1/models', '/v1/chat/completions'],
		['/v1/responses', '/v1/chat/completions'],
		['/api/chat', '/v1/chat/completions'],
		['/models', '/models/chat/completions'],
	])('%s is asked at %s', async (end, expected) => {
		const paths: (string | undefined)[] = [];
		const url = await listen((request, response) => {
			paths.push(request.url);
			response.writeHead(200, STREAM).end(GOOD);
		});
		await ask(`${url}${end}`);
		expect(paths).toEqual([expected]);
	});

	test.each([
		['/api/chat', createOllamaProvider, '/api/chat'],
		['/api/generate', createOllamaProvider, '/api/chat'],
		['/api', createOllamaProvider, '/api/chat'],
		['/v1', createOllamaProvider, '/api/chat'],
		['/v1/chat/completions', createOllamaProvider, '/api/chat'],
		['/v1/messages', createAnthropicProvider, '/v1/messages'],
		['/gateway/v1/messages', createAnthropicProvider, '/gateway/v1/messages'],
	])('%s is that of other protocols, too', async (end, create, expected) => {
		const paths: (string | undefined)[] = [];
		const url = await listen((request, response) => {
			paths.push(request.url);
			response.writeHead(500).end('no');
		});
		await expect(provider(`${url}${end}`, create).chat(QUESTION, () => {}, NEVER)).rejects.toThrow();
		expect(paths.every((path) => path?.startsWith(expected.replace(/\/[^/]+$/, '/')))).toBe(true);
		expect(paths.length).toBeGreaterThan(0);
	});
});

describe('a redirect', () => {
	/** A server that sends chat requests on, and what it saw. */
	async function movedServer(status: number, locationOf: (url: string) => string) {
		const seen: { url: string | undefined; method: string | undefined; body: string; key: string | undefined }[] = [];
		const url = await listen(async (request, response) => {
			let body = '';
			for await (const piece of request) body += piece;
			seen.push({ url: request.url, method: request.method, body, key: request.headers.authorization });
			if (request.url?.startsWith('/new')) response.writeHead(200, STREAM).end(GOOD);
			else response.writeHead(status, { location: locationOf(request.url ?? '') }).end('moved');
		});
		return { url, seen };
	}

	test.each([301, 302, 307, 308])('%i at the same origin is followed with body and key', async (status) => {
		const { url, seen } = await movedServer(status, (path) => `/new${path}`);
		const asked = provider(url, undefined, { apiKey: 'sk-secret' });
		for (let count = 0; count < 2; count++) {
			expect(await asked.chat(QUESTION, () => {}, NEVER)).toMatchObject({ text: 'Two.' });
		}
		const isForGood = status === 301 || status === 308;
		expect(seen.map((request) => request.url?.startsWith('/new'))).toEqual(
			isForGood ? [false, true, true] : [false, true, false, true],
		);
		for (const request of seen) expect(request).toMatchObject({ method: 'POST', key: 'Bearer sk-secret' });
		expect(new Set(seen.map(({ body }) => body)).size).toBe(1);
	});

	test('to TLS at the same host is followed', async () => {
		const { createServer } = await import('node:https');
		const secure = createServer(certified('selfSigned'), (_, response) => response.writeHead(200, STREAM).end(GOOD));
		const plain = http.createServer((request, response) =>
			response.writeHead(308, { location: `https://${request.headers.host}${request.url}` }).end(),
		);
		// Both listen at one port, as a redirect to TLS at the same port needs: the first byte tells them apart.
		const either = net.createServer((socket) =>
			socket.once('readable', () => {
				const first = socket.read() as Buffer | null;
				if (!first) return;
				socket.unshift(first);
				(first[0] === 0x16 ? secure : plain).emit('connection', socket);
			}),
		);
		either.listen(0, '127.0.0.1');
		await once(either, 'listening');
		cleanUps.push(() => {
			either.close();
			secure.closeAllConnections();
			plain.closeAllConnections();
		});
		const asked = ask(`http://127.0.0.1:${(either.address() as AddressInfo).port}`);
		// The certificate is one that nobody trusts, so the request got as far as the handshake.
		await expect(asked).rejects.toMatchObject({ facts: { category: 'tls' } });
	});

	test('to another host, port or without TLS is not followed, and no key gets there', async () => {
		const other = await movedServer(200, () => '');
		const { url } = await movedServer(307, (path) => `${other.url}/new${path}`);
		await expect(ask(url, { apiKey: 'sk-secret' })).rejects.toMatchObject({
			facts: { category: 'bad-request', status: 307, detail: expect.stringContaining(`redirects to ${other.url}`) },
		});
		expect(other.seen).toEqual([]);
	});

	test.each([
		[308, (path: string) => path],
		[303, (path: string) => `/new${path}`],
		[302, () => 'http://name:password@127.0.0.1/new'],
	])('%i in a circle, to another method or with a password is an error that names it', async (status, locationOf) => {
		const { url, seen } = await movedServer(status, locationOf);
		const error = await ask(url).catch((reason: Error) => reason);
		expect(error).toMatchObject({ facts: { category: 'bad-request', status } });
		expect(String(error)).toContain('redirects to');
		expect(String(error)).not.toContain('password');
		expect(seen.length).toBeLessThan(10);
	});
});

describe('a proxy of the environment', () => {
	afterEach(() => useProxies({}));

	/** A proxy that leads everything to one server, and what it was asked for. */
	async function proxyTo(target: string) {
		const asked: string[] = [];
		const url = await listen((request, response) => {
			asked.push(`${request.headers['proxy-authorization'] ?? ''} ${request.method} ${request.url}`.trim());
			const { pathname, search } = new URL(request.url ?? '');
			const onward = http.request(`${target}${pathname}${search}`, {
				method: request.method,
				headers: request.headers,
			});
			request.pipe(onward.on('response', (answer) => answer.pipe(response.writeHead(answer.statusCode ?? 0, STREAM))));
		});
		return { url, asked };
	}

	test('leads to servers elsewhere, with its password, and not to those in NO_PROXY', async () => {
		const server = await listen((_, response) => response.writeHead(200, STREAM).end(GOOD));
		const { url, asked } = await proxyTo(server);
		useProxies({ HTTP_PROXY: url.replace('http://', 'http://me:secret@'), no_proxy: 'inside.invalid' });
		expect(await ask('http://models.invalid:8000/v1')).toMatchObject({ text: 'Two.' });
		expect(asked).toEqual(['Basic bWU6c2VjcmV0 POST http://models.invalid:8000/v1/chat/completions']);
		const direct = await ask('http://inside.invalid:8000/v1').catch((reason: Error) => reason);
		expect(direct).toMatchObject({ facts: { category: 'connect' } });
		expect(String(direct)).not.toContain('proxy');
		expect(asked).toHaveLength(1);
	});

	test('does not stand between this machine and its own servers, unless asked to', async () => {
		const server = await listen((_, response) => response.writeHead(200, STREAM).end(GOOD));
		const { url, asked } = await proxyTo(server);
		useProxies({ http_proxy: url });
		await ask(server);
		expect(asked).toEqual([]);
		useProxies({ http_proxy: url, RLM_PROXY_LOOPBACK: '1' });
		await ask(server);
		expect(asked).toHaveLength(1);
	});

	test('that refuses, or is not there, is named without its password', async () => {
		const refusing = await listen((_, response) => response.writeHead(407).end());
		const closed = net.createServer().listen(0, '127.0.0.1');
		await once(closed, 'listening');
		const dead = `127.0.0.1:${(closed.address() as AddressInfo).port}`;
		closed.close();
		await once(closed, 'close');
		for (const [proxy, target] of [
			[refusing.slice('http://'.length), 'https://models.invalid/v1'],
			[dead, 'https://models.invalid/v1'],
			[dead, 'http://models.invalid/v1'],
		] as const) {
			useProxies({ HTTPS_PROXY: `http://me:secret@${proxy}`, HTTP_PROXY: `me:secret@${proxy}` });
			const error = await ask(target).catch((reason: Error) => reason);
			expect(error).toMatchObject({ facts: { category: 'connect', hint: expect.stringContaining('NO_PROXY') } });
			expect(String(error)).toContain(`through the proxy http://${proxy}`);
			expect(String(error)).not.toContain('secret');
		}
		useProxies({ HTTP_PROXY: refusing });
		await expect(ask('http://models.invalid/v1')).rejects.toMatchObject({ facts: { status: 407 } });
	});

	test('that is none is an error that names its variable', () => {
		expect(() => useProxies({ HTTPS_PROXY: 'socks5://me:secret@proxy:1080' })).toThrow(InputError);
		expect(() => useProxies({ HTTPS_PROXY: 'socks5://me:secret@proxy:1080' })).toThrow(/^The proxy in HTTPS_PROXY/);
		expect(() => useProxies({ ALL_PROXY: 'socks5://proxy:1080' })).not.toThrow();
	});
});

describe('a key', () => {
	const BOM = '\ufeff';

	/** The key that a server gets, or the error in its place. */
	async function sent(key: string): Promise<string | undefined> {
		let got: string | undefined;
		const url = await listen((request, response) => {
			got = request.headers.authorization;
			response.writeHead(200, STREAM).end(GOOD);
		});
		process.env.RLM_TEST_KEY = key;
		cleanUps.push(() => delete process.env.RLM_TEST_KEY);
		const pool = createPool({
			servers: [{ id: 'box', kind: 'openai', url, models: ['m'], contextLength: 8_000, apiKeyEnv: 'RLM_TEST_KEY' }],
			apiKey: async () => undefined,
		});
		cleanUps.push(() => pool.dispose());
		await pool.call({ ...QUESTION, role: 'sub', runId: 'r', conversationId: 'c' }, observer({}), NEVER);
		return got;
	}

	test.each([
		'“sk-abc”',
		'‘sk-abc’',
		'„sk-abc“',
		'«sk-abc»',
		'"sk-abc"',
		"'sk-abc'",
		'`sk-abc`',
		'sk-abc\r\n',
		`${BOM}sk-abc`,
		'\u200bsk-abc\u00a0',
		'Bearer sk-abc',
		'Authorization: Bearer “sk-abc”\n',
	])('is sent as it was meant: %j', async (key) => {
		expect(await sent(key)).toBe('Bearer sk-abc');
	});

	test.each([
		['sk-“abc', /key \(RLM_TEST_KEY\) holds “ \(U\+201C\), character 4 of 7/],
		['sk-\nabc', /holds a line end/],
		['sk-…', /U\+2026/],
	])('that cannot be sent is an error that names server, variable and character: %j', async (key, message) => {
		await expect(sent(key)).rejects.toMatchObject({ facts: { category: 'auth', server: 'box' } });
		await expect(sent(key)).rejects.toThrow(message);
	});
});
