// What a host refuses of a sandbox server.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { SandboxError } from '../../src/core/errors.ts';
import type { Sandbox, SandboxFactory } from '../../src/core/ports/sandbox.ts';
import { encodeFrame } from '../../src/protocol/sandboxFrames.ts';
import { createRemoteSandboxes } from '../../src/sandbox/host/remote/remoteSandboxes.ts';
import { cleanUpAfterEach } from '../support/cleanUps.ts';
import { listen } from '../support/remoteSandboxes.ts';
import { runCell, ScriptedHost, sandboxOptions } from '../support/sandboxes.ts';
import { neverAborted } from '../support/signals.ts';

const cleanups = cleanUpAfterEach();

const open = (factory: SandboxFactory, options = {}) => factory.create(sandboxOptions(options), neverAborted);

/** A server that opens every session, and answers the first cell with these messages. */
async function hostileServer(...frames: readonly Uint8Array[]): Promise<string> {
	const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
	server.on('connection', (webSocket) => {
		webSocket.on('error', () => {});
		webSocket.once('message', () => {
			webSocket.send(encodeFrame({ op: 'opened', isolation: [] }));
			webSocket.once('message', () => {
				for (const frame of frames) webSocket.send(frame);
			});
		});
		cleanups.push(() => webSocket.terminate());
	});
	await once(server, 'listening');
	cleanups.push(() => server.close());
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function openAt(url: string, options = {}): Promise<Sandbox> {
	const factory = createRemoteSandboxes({ url });
	cleanups.push(() => factory.dispose());
	return open(factory, options);
}

const RESULT = {
	...{ stdout: '', stderr: '', printedCharacters: 0, notices: [], changed: [], citations: [], spans: [] },
	durationMs: 1,
};
const done = (fields: object) =>
	encodeFrame({ op: 'done', id: 1 }, Buffer.from(JSON.stringify({ ...RESULT, ...fields })));

describe('of a hostile server', () => {
	const asking = [{ kind: 'llm', promptBytes: 3 }];
	const frames: readonly (readonly [string, readonly Uint8Array[]])[] = [
		['no frame', [Buffer.alloc(64, 255)]],
		['a frame without end', [Buffer.from([16, 0, 0, 0, 255, 255, 255, 255])]],
		['a message that there is not', [encodeFrame({ op: 'run', code: 'process.exit()' })]],
		['a result that is no JSON', [encodeFrame({ op: 'done', id: 1 }, Buffer.from('oops'))]],
		['a result with a field of another type', [done({ stdout: { toString: 'x' } })]],
		['a result that took no time', [done({ durationMs: -1 })]],
		['an answer to another command', [encodeFrame({ op: 'done', id: 2 }, Buffer.from('{}'))]],
		['the session again', [encodeFrame({ op: 'opened', isolation: [] })]],
		['a tool that was not offered', [encodeFrame({ op: 'tool', ask: 1, name: 'constructor' }, Buffer.from('{}'))]],
		['a call that is longer than its text', [encodeFrame({ op: 'query', ask: 1, calls: asking }, Buffer.from('ab'))]],
		['a call after the cell', [done({}), encodeFrame({ op: 'query', ask: 1, calls: asking }, Buffer.from('abc'))]],
	];

	it.each(frames)('%s is refused, with its address', async (_what, sent) => {
		const url = await hostileServer(...sent);
		const host = new ScriptedHost();
		const sandbox = await openAt(url, { host });
		const first = await runCell(sandbox, '1').catch((error: unknown) => error);
		const error = first instanceof SandboxError ? first : await runCell(sandbox, '2').catch((later: unknown) => later);
		expect(error).toMatchObject({ reason: 'violation', message: expect.stringContaining(url) });
		expect(host.queries).toHaveLength(0);
		await expect(runCell(sandbox, '3')).rejects.toBe(error);
	});

	it('output is bounded, streamed and in the result', async () => {
		const flood = Array.from({ length: 20 }, () =>
			encodeFrame({ op: 'output', id: 1, stream: 'stdout' }, Buffer.alloc(1000, 65)),
		);
		const url = await hostileServer(...flood, done({ stdout: 'B'.repeat(100_000) }));
		let streamed = 0;
		const result = await runCell(await openAt(url), '1', {
			outputCharacters: 500,
			onOutput: (_stream, text) => {
				streamed += text.length;
			},
		});
		expect(streamed).toBe(500);
		expect(result.stdout.length).toBeLessThan(1000);
	});

	it('prototypes are not touched', async () => {
		const payload = Buffer.from(
			JSON.stringify(RESULT).replace('{', '{"__proto__":{"polluted":1},"constructor":{"x":1},'),
		);
		const url = await hostileServer(encodeFrame({ op: 'done', id: 1 }, payload));
		const result = await runCell(await openAt(url), '1');
		expect(Object.keys(result)).not.toContain('constructor');
		expect(({} as { polluted?: number }).polluted).toBeUndefined();
	});

	it('control characters do not reach a terminal', async () => {
		const url = await hostileServer(encodeFrame({ op: 'failed', id: 1, kind: 'sandbox', message: 'a\u001b[2Jb\nc' }));
		await expect(runCell(await openAt(url), '1')).rejects.toThrow(/: ab c\./);
	});

	it('or of one that never answers, nobody waits longer than the factory lives', async () => {
		const server = createServer();
		const asked = new Promise((resolve) => server.on('upgrade', resolve));
		await listen(server);
		cleanups.push(() => server.close());
		const { port } = server.address() as AddressInfo;
		const factory = createRemoteSandboxes({ url: `http://127.0.0.1:${port}` });
		const creation = open(factory).catch((error: unknown) => error);
		await asked;
		await factory.dispose();
		expect(await creation).toMatchObject({ reason: 'disposed' });
	});

	it('or of one that is something else, the address is said', async () => {
		const server = createServer((_request, response) => response.writeHead(404).end('<html>nothing</html>'));
		await listen(server);
		cleanups.push(() => server.close());
		const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
		await expect(openAt(url)).rejects.toThrow(`${url} refused (404). Correct sandbox.url`);
	});
});
