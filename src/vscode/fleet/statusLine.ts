import type { FleetServer } from '../../pool/fleet.ts';

/** The text of the status bar item. */
export interface StatusLine {
	/** With icons, as a status bar item takes it; empty to hide the item. */
	readonly text: string;
	/** Every server is down; nothing else deserves a colour. */
	readonly isDown: boolean;
	/** Servers that take calls; undefined when nobody has asked them lately. */
	readonly up: number | undefined;
	readonly total: number;
	/** Calls of this window. */
	readonly running: number;
	readonly waiting: number;
}

/**
 * Puts the state of the servers into one line: how many take calls, and how many calls run and wait.
 * @param servers as last seen; empty before their first use
 * @param configured number of servers in the settings
 * @param isFresh whether that was recent enough to state it as a fact
 */
export function statusLine(servers: readonly FleetServer[], configured: number, isFresh = true): StatusLine {
	const real = servers.filter(({ kind }) => kind !== 'builtin');
	const asked = isFresh ? real.filter(({ health }) => health.state !== 'unknown') : [];
	const up = asked.length === 0 ? undefined : asked.filter(takesCalls).length;
	const total = real.length === 0 && servers.length === 0 ? configured : real.length;
	const running = sum(real.map(({ calls }) => calls.inFlight));
	// A waiting call is counted at every server that could serve it.
	const waiting = Math.max(0, ...real.map(({ calls }) => calls.waiting));
	const figures = { up, total, running, waiting, isDown: up === 0 && asked.length === total };
	if (total === 0) return { ...figures, text: '', isDown: false };
	const parts = [
		`$(server) ${up === undefined ? total : `${up}/${total}`}`,
		...(running > 0 ? [`$(play) ${running}`] : []),
		...(waiting > 0 ? [`$(watch) ${waiting}`] : []),
	];
	return { ...figures, text: parts.join(' ') };
}

/** Tells whether a server can take calls. */
function takesCalls({ health }: FleetServer): boolean {
	return health.state === 'up' || health.state === 'busy' || health.state === 'degraded';
}

function sum(values: readonly number[]): number {
	return values.reduce((total, value) => total + value, 0);
}
