import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InputError } from '../core/errors.ts';
import { REQUEST_MS } from './bodies.ts';
import { withoutBrackets } from './loopback.ts';

/** Longest time for the headers of a request. ms */
const HEADERS_MS = 10_000;

/** How long a client of any of our servers may take. */
export const SERVER_OPTIONS = {
	headersTimeout: HEADERS_MS,
	requestTimeout: REQUEST_MS,
	connectionsCheckingInterval: HEADERS_MS,
} as const;

/** Where a server listens. */
export interface Listening {
	readonly host: string;
	/** 0 takes any free one. */
	readonly port: number;
}

/** Starts listening. @throws InputError when the address is not available */
export function listen(server: Server, { host, port }: Listening): Promise<void> {
	return new Promise((resolve, reject) => {
		server.once('error', (error) => {
			reject(new InputError(`cannot listen on ${host}:${port}: ${error.message}`, 'Choose another with --port.'));
		});
		server.listen(port, withoutBrackets(host), () => resolve());
	});
}

/** URL of a listening server. */
export function addressOf(server: Server): string {
	const { address, family, port } = server.address() as AddressInfo;
	return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
