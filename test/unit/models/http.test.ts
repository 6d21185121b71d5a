import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import net from 'node:net';
import { describe, expect, test } from 'vitest';
import { CancelledError } from '../../../src/core/errors.ts';
import { Transport } from '../../../src/models/http/transport.ts';
import { cleanUpAfterEach } from '../../support/cleanUps.ts';

const NEVER = new AbortController().signal;
const cleanUps = cleanUpAfterEach();

async function listen(handler: http.RequestListener): Promise<string> {
	const server = http.createServer(handler).listen(0, '127.0.0.1');
	await once(server, 'listening');
	cleanUps.push(() => {
		server.close();
		server.closeAllConnections();
	});
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** For requests that are answered: a busy machine can take longer than the limits that other tests wait for. */
const PATIENT = { connectMs: 30_000, firstByteMs: 30_000, idleMs: 30_000 };

function transport(url: string, timeouts = { connectMs: 5000, firstByteMs: 500, idleMs: 500 }): Transport {
	const made = new Transport({
		site: { server: 's', url, secrets: [] },
		headers: { authorization: 'Bearer k' },
		timeouts,
	});
	cleanUps.push(() => made.dispose());
	return made;
}

/** The values of an event stream, read through an exchange. */
async function readEvents(url: string, signal = NEVER): Promise<unknown[]> {
	const exchange = transport(url).open({ format: 'sse' }, signal);
	try {
		const values: unknown[] = [];
		await exchange.fetch(url, { method: 'POST', body: '{}' });
		await exchange.readEvents((value) => void values.push(value));
		return values;
	} catch (error) {
		throw exchange.explain(error);
	} finally {
		exchange.close();
	}
}

describe('Transport', () => {
	test('comments before the reply keep a queued request alive', async () => {
		const url = await listen((_, response) => {
			response.writeHead(200, { 'content-type': 'text/event-stream' });
			let comments = 0;
			const timer = setInterval(() => {
				response.write(': queued\n\n');
				if (++comments < 25) return;
				clearInterval(timer);
				response.end('data: {}\n\n');
			}, 30);
		});
		expect(await readEvents(url)).toEqual([{}]);
	});

	test('a host that takes no connections is a timeout that names the phase', async () => {
		// A listener whose queue is full, as a hung process has it.
		const server = net.createServer();
		server.listen({ port: 0, host: '127.0.0.1', backlog: 1 });
		await once(server, 'listening');
		const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
		cleanUps.push(() => server.close());
		// TLS never gets its answer, and counts as part of connecting.
		const made = transport(url, { connectMs: 100, firstByteMs: 5000, idleMs: 5000 });
		await expect(made.json(url, NEVER)).rejects.toThrow('no connection after 0.1 s');
	});

	test('speaking TLS to a plain server is a tls failure', async () => {
		const url = (await listen((_, response) => response.end('{}'))).replace('http:', 'https:');
		await expect(transport(url).json(url, NEVER)).rejects.toMatchObject({ facts: { category: 'tls' } });
	});

	test('a redirect is a failure that says where to', async () => {
		const url = await listen((_, response) => response.writeHead(308, { location: 'http://elsewhere/v1' }).end());
		await expect(transport(url).json(url, NEVER)).rejects.toMatchObject({
			facts: { category: 'bad-request', hint: expect.stringContaining('http://elsewhere/v1') },
		});
	});

	test('an HTML page instead of JSON is a failure of the server, not of the program', async () => {
		const url = await listen((_, response) => {
			response.writeHead(200, { 'content-type': 'text/html' }).end('<html><title>Sign in</title></html>');
		});
		await expect(transport(url).json(url, NEVER)).rejects.toMatchObject({
			facts: { category: 'server' },
			message: expect.stringContaining('Sign in'),
		});
	});

	test('a body that is not JSON is a failure of the server, not of the program', async () => {
		const url = await listen((_, response) => response.end('<html>'));
		await expect(transport(url).json(url, NEVER)).rejects.toMatchObject({ facts: { category: 'server' } });
	});

	test('an error body without end is not read to its end', async () => {
		const url = await listen((_, response) => {
			response.writeHead(500);
			const more = () => {
				while (!response.destroyed && response.write('x'.repeat(1000)));
				if (!response.destroyed) response.once('drain', more);
			};
			more();
		});
		// On a busy machine the body takes longer than the usual wait of these tests.
		const patient = { connectMs: 30_000, firstByteMs: 30_000, idleMs: 30_000 };
		const read = transport(url, patient).json(url, NEVER);
		await expect(read).rejects.toMatchObject({ facts: { category: 'server', status: 500 } });
	});

	test.each([
		['stops', false],
		['is cut', true],
	] as const)('an error status counts although its body %s', async (_, isCut) => {
		const url = await listen((_request, response) => {
			response.writeHead(429, { 'retry-after': '3' });
			response.write('{"error":', () => {
				if (isCut) response.destroy();
			});
		});
		await expect(transport(url).json(url, NEVER)).rejects.toMatchObject({
			facts: { category: 'rate-limit', status: 429, retryAfterMs: 3000 },
		});
	});

	test('a trickling error body is not waited for', async () => {
		const url = await listen((_request, response) => {
			response.writeHead(429, { 'retry-after': '3' });
			const timer = setInterval(() => response.write('.'), 50);
			response.once('close', () => clearInterval(timer));
		});
		await expect(transport(url).json(url, NEVER)).rejects.toMatchObject({
			facts: { category: 'rate-limit', status: 429, retryAfterMs: 3000 },
		});
	}, 20_000);

	test('a trickling document is given up eventually', async () => {
		const url = await listen((_request, response) => {
			const timer = setInterval(() => response.write(' '), 20);
			response.once('close', () => clearInterval(timer));
		});
		const timeouts = { connectMs: 5000, firstByteMs: 500, idleMs: 100 };
		await expect(transport(url, timeouts).json(url, NEVER)).rejects.toMatchObject({ facts: { category: 'timeout' } });
	}, 20_000);

	test('cancelling while a body arrives closes the connection', async () => {
		const controller = new AbortController();
		let closed: Promise<unknown> | undefined;
		const url = await listen((_, response) => {
			closed = once(response, 'close');
			response.writeHead(200, { 'content-type': 'text/event-stream' });
			response.write('data: {}\n\n', () => controller.abort());
		});
		await expect(readEvents(url, controller.signal)).rejects.toBeInstanceOf(CancelledError);
		await closed;
	});

	test('concurrent requests each get their own answer', async () => {
		const url = await listen((request, response) => response.end(JSON.stringify(request.url)));
		const made = transport(url, PATIENT);
		const paths = Array.from({ length: 50 }, (_, index) => `/${index}`);
		expect(await Promise.all(paths.map((path) => made.json(`${url}${path}`, NEVER)))).toEqual(paths);
	});

	test('nothing is left listening to the signal afterwards', async () => {
		const url = await listen((_, response) => response.end('{}'));
		const { signal } = new AbortController();
		let listeners = 0;
		const add = signal.addEventListener.bind(signal);
		const remove = signal.removeEventListener.bind(signal);
		signal.addEventListener = ((...args: Parameters<typeof add>) => {
			listeners++;
			add(...args);
		}) as typeof signal.addEventListener;
		signal.removeEventListener = ((...args: Parameters<typeof remove>) => {
			listeners--;
			remove(...args);
		}) as typeof signal.removeEventListener;
		await transport(url, PATIENT).json(url, signal);
		expect(listeners).toBe(0);
	});
});
