import type { FleetServer } from '../../pool/fleet.ts';

/** What the status bar says of the servers. */
export interface StatusLine {
	/** With icons, as a status bar item takes it. Empty: there is nothing to show. */
	readonly text: string;
	/** Every server is down: the only thing that is worth a colour. */
	readonly isDown: boolean;
	/** Servers that take calls; undefined when nobody has asked them lately. */
	readonly up: number | undefined;
	readonly total: number;
	/** Calls of this window. */
	readonly running: number;
	readonly waiting: number;
}

/**
 * The state of the servers in one line: how many of them take calls, and what runs and waits.
 * @param servers as last seen; empty when they were not used yet
 * @param configured how many servers the settings name
 * @param isFresh false when it was too long ago to claim that they still are so
 */
export function statusLine(servers: readonly FleetServer[], configured: number, isFresh = true): StatusLine {
	const real = servers.filter(({ kind }) => kind !== 'builtin');
	const asked = isFresh ? real.filter(({ health }) => health.state !== 'unknown') : [];
	const up = asked.length === 0 ? undefined : asked.filter(takesCalls).length;
	const total = real.length === 0 && servers.length === 0 ? configured : real.length;
	const running = sum(real.map(({ calls }) => calls.inFlight));
	// A call waits for all the servers that could serve it and is counted with each of them.
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

/** Whether a server is given calls, as far as it depends on the server. */
function takesCalls({ health }: FleetServer): boolean {
	return health.state === 'up' || health.state === 'busy' || health.state === 'degraded';
}

function sum(values: readonly number[]): number {
	return values.reduce((total, value) => total + value, 0);
}
