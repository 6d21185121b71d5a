import { describe, expect, it } from 'vitest';
import type { CallFigures, FleetServer } from '../../../src/pool/fleet.ts';
import type { HealthState } from '../../../src/pool/health/healthState.ts';
import { statusLine } from '../../../src/vscode/fleet/statusLine.ts';

function server(state: HealthState, calls: Partial<CallFigures> = {}, rest: Partial<FleetServer> = {}): FleetServer {
	const id = rest.id ?? 'a';
	return {
		id,
		kind: 'ollama',
		url: 'http://a:11434',
		roles: ['root', 'sub'],
		health: { state, since: 0 },
		models: [],
		gpus: [],
		history: [],
		calls: {
			id,
			inFlight: 0,
			limit: 4,
			maxConcurrent: 4,
			waiting: 0,
			errorShare: 0,
			breaker: 'closed',
			isDraining: false,
			...calls,
		},
		...rest,
	};
}

describe('the line of the status bar', () => {
	it('is empty without servers, and does not count the built-in engine', () => {
		expect(statusLine([], 0)).toMatchObject({ text: '', isDown: false });
		expect(statusLine([server('up', {}, { kind: 'builtin' })], 0)).toMatchObject({ text: '', isDown: false });
	});

	it('counts the servers before they were asked, and then those that take calls', () => {
		expect(statusLine([], 4)).toMatchObject({ text: '$(server) 4', up: undefined, isDown: false });
		expect(statusLine([server('unknown'), server('unknown')], 2)).toMatchObject({ text: '$(server) 2', isDown: false });
		const servers = [server('up'), server('busy'), server('degraded'), server('down')];
		expect(statusLine(servers, 4)).toMatchObject({ text: '$(server) 3/4', up: 3, total: 4, isDown: false });
	});

	it('is alarming only when every server is down', () => {
		expect(statusLine([server('down'), server('down')], 2)).toMatchObject({ text: '$(server) 0/2', isDown: true });
		expect(statusLine([server('down'), server('unknown')], 2).isDown).toBe(false);
		expect(statusLine([server('down'), server('busy')], 2).isDown).toBe(false);
	});

	it('states nothing about servers that were asked long ago', () => {
		expect(statusLine([server('down')], 1, false)).toMatchObject({ text: '$(server) 1', up: undefined, isDown: false });
	});

	it('adds what runs, and counts a call that waits for any of several servers once', () => {
		const busy = [server('busy', { inFlight: 3, waiting: 12 }), server('up', { inFlight: 2, waiting: 12 })];
		expect(statusLine(busy, 2)).toMatchObject({ text: '$(server) 2/2 $(play) 5 $(watch) 12', running: 5, waiting: 12 });
	});
});
