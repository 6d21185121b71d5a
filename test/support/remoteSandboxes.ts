import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { SandboxFactory } from '../../src/core/ports/sandbox.ts';
import { createLog } from '../../src/node/log.ts';
import { createRemoteSandboxes } from '../../src/sandbox/host/remote/remoteSandboxes.ts';
import {
	type SandboxServer,
	type SandboxServerOptions,
	startSandboxServer,
} from '../../src/service/sandboxServer/sandboxServer.ts';
import { DEFAULT_TENANT_LIMITS, type TenantLimits } from '../../src/service/sandboxServer/tenants.ts';
import { createSandboxes } from './sandboxes.ts';

export const TOKEN = 'a-token-that-nobody-guesses';

export interface TestServerOptions
	extends Partial<Pick<SandboxServerOptions, 'host' | 'owners' | 'graceMs' | 'bodyLimits'>> {
	readonly limits?: Partial<TenantLimits>;
}

/** A sandbox server on loopback, in this process. */
export interface TestServer {
	readonly url: string;
	readonly server: SandboxServer;
	readonly logged: readonly string[];
	/** A client of it. @param token undefined sends none */
	client(token?: string): SandboxFactory;
	/** Ends clients, server and sandboxes. */
	stop(): Promise<void>;
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
	const sandboxes = createSandboxes();
	const logged: string[] = [];
	const { limits, owners = [{ name: 'tests', token: TOKEN }], ...rest } = options;
	const server = await startSandboxServer({
		host: '127.0.0.1',
		port: 0,
		owners,
		limits: { ...DEFAULT_TENANT_LIMITS, ...limits },
		sandboxes,
		log: createLog({ level: 'debug', format: 'text', write: (entry) => logged.push(entry) }),
		...rest,
	});
	const clients: SandboxFactory[] = [];
	const { url } = server;
	return {
		url,
		server,
		logged,
		client(...given) {
			const token = given.length === 0 ? TOKEN : given[0];
			const client = createRemoteSandboxes({ url, token: () => token });
			clients.push(client);
			return client;
		},
		async stop() {
			for (const client of clients) await client.dispose();
			await server.close(0);
			await sandboxes.dispose();
		},
	};
}

/** Passes bytes on to a server and keeps a copy of those that go to it. */
export interface RecordingProxy {
	readonly url: string;
	/** Everything that was sent to the server. */
	sent(): Buffer;
	/** Goes on taking bytes but passes none on, as when a machine has vanished. */
	freeze(): void;
	stop(): Promise<void>;
}

export async function startRecordingProxy(target: string): Promise<RecordingProxy> {
	const { hostname, port } = new URL(target);
	const pieces: Buffer[] = [];
	const sockets = new Set<Socket>();
	let isFrozen = false;
	const keep = (socket: Socket) => {
		sockets.add(socket);
		socket.on('error', () => socket.destroy());
		socket.on('close', () => sockets.delete(socket));
		return socket;
	};
	const server = createServer((client) => {
		const upstream = keep(connect(Number(port), hostname));
		keep(client).on('data', (piece: Buffer) => {
			pieces.push(piece);
			if (!isFrozen) upstream.write(piece);
		});
		upstream.on('data', (piece) => {
			if (!isFrozen) client.write(piece);
		});
		client.on('close', () => upstream.destroy());
		upstream.on('close', () => isFrozen || client.destroy());
	});
	await listen(server);
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		sent: () => readable(Buffer.concat(pieces)),
		freeze: () => {
			isFrozen = true;
		},
		stop: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				for (const socket of sockets) socket.destroy();
			}),
	};
}

/** What a client sent with its masks taken off (RFC 6455, 5.2 and 5.3): the request, and the messages behind it. */
function readable(sent: Buffer): Buffer {
	let at = sent.indexOf('\r\n\r\n') + 4;
	const parts = [sent.subarray(0, at)];
	while (at + 6 < sent.length) {
		const short = sent.readUInt8(at + 1) & 0x7f;
		const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
		const length =
			lengthBytes === 0 ? short : sent.readUIntBE(at + 2 + Math.max(0, lengthBytes - 6), Math.min(6, lengthBytes));
		const mask = sent.subarray(at + 2 + lengthBytes, at + 6 + lengthBytes);
		const start = at + 6 + lengthBytes;
		parts.push(sent.subarray(start, start + length).map((byte, index) => byte ^ (mask[index % 4] ?? 0)) as Buffer);
		at = start + length;
	}
	return Buffer.concat(parts);
}

export function listen(server: Server): Promise<void> {
	return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}
