import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InputError } from '../core/errors.ts';
import { withoutBrackets } from './loopback.ts';

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
