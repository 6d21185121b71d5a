import { BlockList, isIP, isIPv6 } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * Whether a host, with or without the brackets of a URL, can only mean this machine: `localhost`, 127.0.0.0/8, `::1`,
 * or one of those IPv4 addresses mapped to IPv6. Any other name may point elsewhere.
 */
export function isLoopback(host: string): boolean {
	const bare = withoutBrackets(host);
	const version = isIP(bare);
	if (version === 0) return bare.toLowerCase() === 'localhost';
	return LOOPBACK.check(bare, version === 6 ? 'ipv6' : 'ipv4');
}

/** The host in the form that a socket takes: people write an IPv6 address with the brackets of a URL. */
export function withoutBrackets(host: string): string {
	const inner = /^\[(.*)\]$/.exec(host)?.[1] ?? '';
	return isIPv6(inner) ? inner : host;
}
