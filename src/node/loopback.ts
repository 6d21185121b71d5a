import { BlockList, isIP, isIPv6 } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * Whether a host, with or without the brackets of a URL, can only mean this machine: `localhost`, 127.0.0.0/8, `::1`,
 * or an IPv4 address of those in the clothes of IPv6. Any other name may be made to point elsewhere.
 */
export function isLoopback(host: string): boolean {
	const bare = withoutBrackets(host);
	const version = isIP(bare);
	if (version === 0) return bare.toLowerCase() === 'localhost';
	return LOOPBACK.check(bare, version === 6 ? 'ipv6' : 'ipv4');
}

/** The host as a socket listens on it: people write an IPv6 address as in a URL. */
export function withoutBrackets(host: string): string {
	const inner = /^\[(.*)\]$/.exec(host)?.[1] ?? '';
	return isIPv6(inner) ? inner : host;
}
