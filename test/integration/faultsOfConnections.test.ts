import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { CancelledError } from '../../src/core/errors.ts';
import { ask, Bench, factsOf, SOFTWARE } from '../support/providers.ts';
import { certified, trustTestAuthority } from '../support/tls.ts';

const bench = new Bench();
afterEach(() => bench.dispose());

const SHORT = { connectMs: 150, firstByteMs: 150, idleMs: 150 };
const REPLY = { text: 'Mars has two moons.' };

/** A listener that treats every connection as told; `left` counts the clients that closed theirs. */
async function listener(treat: (socket: net.Socket) => void) {
	const state = { left: 0, port: 0 };
	const sockets = new Set<net.Socket>();
	const server = net.createServer({ allowHalfOpen: true }, (socket) => {
		sockets.add(socket);
		// An end by the client is an end or, when bytes were under way, a reset.
		socket.once('end', () => state.left++).on('error', () => state.left++);
		treat(socket);
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	bench.onEnd(() => {
		server.close();
		for (const socket of sockets) socket.destroy();
	});
	state.port = (server.address() as AddressInfo).port;
	return state;
}

describe.each(SOFTWARE)('%s', (software) => {
	test('a port where nothing listens', async () => {
		const gone = await bench.start(software, { script: [] });
		const { url } = gone;
		await gone.stop();
		const outcome = await ask(bench.provider(software, url));
		expect(factsOf(outcome)).toMatchObject({ category: 'connect', server: 'test', url });
		expect(String(outcome.error)).toContain('nothing listens there');
	});

	test('a host name that does not exist', async () => {
		const outcome = await ask(bench.provider(software, 'http://gpu.invalid:8000'));
		expect(factsOf(outcome)).toMatchObject({ category: 'connect', url: 'http://gpu.invalid:8000' });
		expect(String(outcome.error)).toMatch(/host name/);
	});

	test.each([
		['closes', (socket: net.Socket) => socket.end()],
		['resets', (socket: net.Socket) => socket.resetAndDestroy()],
	] as const)('a listener that accepts and %s', async (_, treat) => {
		const { port } = await listener(treat);
		expect(factsOf(await ask(bench.provider(software, `http://127.0.0.1:${port}`))).category).toBe('connect');
	});

	test('a peer that is gone without a word, before the reply', async () => {
		const peer = await listener((socket) => socket.resume());
		const provider = bench.provider(software, `http://127.0.0.1:${peer.port}`, { timeouts: SHORT });
		expect(factsOf(await ask(provider)).category).toBe('timeout');
		await expect.poll(() => peer.left).toBe(1);
	});

	test('a peer that is gone without a word, in the middle of an answer', async () => {
		const peer = await listener((socket) => {
			socket.resume();
			socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"half":');
		});
		const provider = bench.provider(software, `http://127.0.0.1:${peer.port}`, { timeouts: SHORT });
		expect(factsOf(await ask(provider)).category).toBe('timeout');
		await expect.poll(() => peer.left).toBe(1);
	});

	test('a peer that never finishes the head of its response', async () => {
		const peer = await listener((socket) => {
			socket.resume().write('HTTP/1.1 200 OK\r\nx-slow: ');
			const timer = setInterval(() => socket.write('x'), 20);
			socket.once('close', () => clearInterval(timer));
		});
		const provider = bench.provider(software, `http://127.0.0.1:${peer.port}`, { timeouts: SHORT });
		expect(factsOf(await ask(provider)).category).toBe('timeout');
		await expect.poll(() => peer.left).toBeGreaterThan(0);
	});

	test('a peer that never finishes the handshake', async () => {
		const peer = await listener((socket) => socket.resume());
		const provider = bench.provider(software, `https://127.0.0.1:${peer.port}`, { timeouts: SHORT });
		const outcome = await ask(provider);
		expect(factsOf(outcome).category).toBe('timeout');
		expect(String(outcome.error)).toContain('no connection after 0.15 s');
		// It was asked without TLS, too.
		await expect.poll(() => peer.left).toBe(2);
	});

	test('a server of plain HTTP behind an https address is told at once when it answers the greeting', async () => {
		const server = await bench.start(software, { script: [REPLY] });
		const outcome = await ask(bench.provider(software, server.url.replace('http:', 'https:')));
		expect(factsOf(outcome)).toMatchObject({ category: 'tls', hint: expect.stringContaining('http://') });
		expect(String(outcome.error)).toContain('does not speak TLS');
	});

	test('a server of plain HTTP behind an https address is told when it waits for the rest of the greeting', async () => {
		const peer = await listener((socket) => {
			socket.on('data', (bytes) => {
				if (bytes.includes('\r\n\r\n')) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
			});
		});
		const provider = bench.provider(software, `https://127.0.0.1:${peer.port}`, { timeouts: SHORT });
		const outcome = await ask(provider);
		expect(factsOf(outcome).category).toBe('tls');
		expect(String(outcome.error)).toContain('does not speak TLS');
	});

	test.each([
		['selfSigned', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
		['elsewhere', 'ERR_TLS_CERT_ALTNAME_INVALID'],
		['expired', 'CERT_HAS_EXPIRED'],
	] as const)('a certificate that is %s', async (certificate, code) => {
		bench.onEnd(trustTestAuthority());
		const server = await bench.start(software, { script: [REPLY], tls: certified(certificate) });
		const provider = bench.provider(software, server.url);
		const outcome = await ask(provider);
		expect(factsOf(outcome).category).toBe('tls');
		expect(String(outcome.error)).toContain(code);
		expect([server.requests, server.lookups]).toEqual([[], []]);
		provider.dispose?.();
		await server.allClosed();
	});

	test('a certificate in order', async () => {
		bench.onEnd(trustTestAuthority());
		const server = await bench.start(software, { script: [REPLY], tls: certified('good') });
		expect((await ask(bench.provider(software, server.url))).text).toBe(REPLY.text);
	});
});

describe.each(SOFTWARE)('cancelling a call to %s', (software) => {
	test('while the connection is made', async () => {
		const peer = await listener((socket) => socket.resume());
		const controller = new AbortController();
		const call = ask(bench.provider(software, `https://127.0.0.1:${peer.port}`), {}, controller.signal);
		controller.abort();
		expect((await call).error).toBeInstanceOf(CancelledError);
	});

	test.each([
		['queueing', 'hang-before-headers', ''],
		['reading the prompt', 'pings-before-reply', ''],
		['writing', 'hang-in-body', 'Mars has'],
		['writing pings only', 'hang-with-pings', 'Mars has'],
	] as const)('while the server is %s', async (_, fault, delivered) => {
		const server = await bench.start(software, { script: [{ ...REPLY, fault }, { text: 'Two.' }] });
		const provider = bench.provider(software, server.url);
		const controller = new AbortController();
		let seen = '';
		const messages = [{ role: 'user' as const, content: 'How many moons has Mars?' }];
		const onDelta = (text: string) => {
			seen += text;
		};
		const call = provider.chat({ model: 'scripted-model', messages }, onDelta, controller.signal);
		const failed = expect(call).rejects.toBeInstanceOf(CancelledError);
		await server.requested(1);
		await expect.poll(() => seen.length).toBeGreaterThanOrEqual(delivered.length);
		controller.abort();
		await failed;
		await server.clientClosed(1);
		expect(await ask(provider)).toMatchObject({ text: 'Two.' });
		provider.dispose?.();
		await server.allClosed();
	});
});

describe('Ollama, asked about its model before a call', () => {
	test.each([
		[{ status: 500, body: 'out of memory' }, 'server'],
		[{ status: 403, body: 'foreign host' }, 'auth'],
		[{ fault: 'hang-before-headers' }, 'timeout'],
		[{ fault: 'reset' }, 'connect'],
		[{ fault: 'html-in-success' }, 'server'],
	] as const)('%j at the facts of the model ends the call: %s', async (reply, category) => {
		const lookup = (path: string) => (path === '/api/show' ? reply : undefined);
		const server = await bench.start('Ollama', { script: [REPLY], lookup });
		const provider = bench.provider('Ollama', server.url, { timeouts: SHORT });
		expect(factsOf(await ask(provider)).category).toBe(category);
		expect(server.requests).toEqual([]);
	});

	test('a list of loaded models that does not come in time is done without', async () => {
		const lookup = (path: string) => (path === '/api/ps' ? ({ fault: 'hang-before-headers' } as const) : undefined);
		const server = await bench.start('Ollama', { script: [REPLY], lookup });
		const provider = bench.provider('Ollama', server.url, { timeouts: { firstByteMs: 150 } });
		expect((await ask(provider)).text).toBe(REPLY.text);
	});

	test('cancelling while it is asked sends no call', async () => {
		const lookup = (path: string) => (path === '/api/show' ? ({ fault: 'hang-before-headers' } as const) : undefined);
		const server = await bench.start('Ollama', { script: [REPLY], lookup });
		const controller = new AbortController();
		const call = ask(bench.provider('Ollama', server.url), {}, controller.signal);
		await expect.poll(() => server.lookups).toEqual(['/api/show']);
		controller.abort();
		expect((await call).error).toBeInstanceOf(CancelledError);
		await server.allClosed();
		expect(server.requests).toEqual([]);
	});

	test('a cold model whose load outlasts the time limit is a timeout, and the server is told', async () => {
		const models = [{ name: 'scripted-model', isUnloaded: true }];
		const server = await bench.start('Ollama', { script: [{ ...REPLY, delayMs: 60_000 }, REPLY], models });
		const provider = bench.provider('Ollama', server.url, { timeouts: { firstByteMs: 150 } });
		expect(factsOf(await ask(provider)).category).toBe('timeout');
		await server.clientClosed(1);
		expect((await ask(provider)).text).toBe(REPLY.text);
	});
});

describe('a prompt that Ollama cut', () => {
	const models = [{ name: 'scripted-model', contextTokens: 8192 }];
	const prose = 'The moons of Mars are small and close to it. '.repeat(200);
	const asking = (content: string) => ({ messages: [{ role: 'user' as const, content }] });

	test.each([
		['to a quarter, as a measured ratio shows', { prompt: 250, completion: 5 }],
		['to half the window', { prompt: 4097, completion: 5 }],
		['by a reply that filled the window', { prompt: 4000, completion: 4192 }],
	])('%s is no answer', async (_, usage) => {
		const measured = { text: 'One.', usage: { prompt: 2000, completion: 5 } };
		const server = await bench.start('Ollama', { script: [measured, { text: 'Two.', usage }], models });
		const provider = bench.provider('Ollama', server.url);
		await ask(provider, asking(prose));
		const long = usage.prompt > 250 ? prose.repeat(3) : prose;
		expect(factsOf(await ask(provider, asking(long)))).toMatchObject({ category: 'truncated', contextTokens: 8192 });
	});

	test('is not suspected when text of another kind has fewer tokens', async () => {
		const code = { text: 'One.', usage: { prompt: 4000, completion: 5 } };
		const server = await bench.start('Ollama', {
			script: [code, { text: 'Two.', usage: { prompt: 1900, completion: 5 } }],
			models,
		});
		const provider = bench.provider('Ollama', server.url);
		await ask(provider, asking('x=[1,2];'.repeat(1125)));
		expect((await ask(provider, asking(prose))).text).toBe('Two.');
	});
});
