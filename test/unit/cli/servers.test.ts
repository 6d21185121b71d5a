import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { renderFleet } from '../../../src/cli/fleetTable.ts';
import { columnsOf } from '../../../src/cli/format.ts';
import { rowOf } from '../../../src/cli/servers.ts';
import { renderUsage } from '../../../src/cli/usage.ts';
import { printable } from '../../../src/core/printable.ts';
import type { CallFigures, FleetServer } from '../../../src/pool/fleet.ts';
import { sparkline } from '../../../src/pool/health/fleetFigures.ts';
import type { HealthMinute } from '../../../src/pool/health/healthHistory.ts';
import { noUsage } from '../../../src/pool/usage/usage.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const GIB = 1024 ** 3;

function calls(id: string, rest: Partial<CallFigures> = {}): CallFigures {
	const none = { inFlight: 0, limit: 1, maxConcurrent: 1, waiting: 0, errorShare: 0, isDraining: false } as const;
	return { id, breaker: 'closed', ...none, ...rest };
}

const minute = (inFlight: number, state: HealthMinute['state'] = 'up'): HealthMinute => ({ state, inFlight });
const HOUR = [
	...Array.from({ length: 30 }, () => undefined),
	...Array.from({ length: 10 }, () => minute(0)),
	...Array.from({ length: 5 }, () => minute(0, 'down')),
	...Array.from({ length: 5 }, () => minute(1)),
	...Array.from({ length: 10 }, () => minute(2)),
];

const FLEET: readonly FleetServer[] = [
	{
		id: 'gpu',
		kind: 'ollama',
		url: 'http://gpu:11434',
		roles: ['root', 'sub'],
		software: 'Ollama 0.33.0',
		health: { state: 'up', since: NOW - 3 * 3_600_000 },
		latencyMs: 12.4,
		models: [
			{ name: 'qwen3:32b', contextTokens: 40_960, isLoaded: true, bytes: 24 * GIB, vramBytes: 18 * GIB },
			{ name: 'llama3:\u001b[31m8b', isLoaded: false },
		],
		windowTokens: 40_960,
		calls: calls('gpu', {
			inFlight: 2,
			limit: 2,
			waiting: 12,
			completionSpeed: 31.4,
			firstTokenMs: 840,
			errorShare: 0.02,
		}),
		gpus: [{ name: 'NVIDIA RTX 4090', busyShare: 0.83, usedBytes: 18.4 * GIB, totalBytes: 24 * GIB, celsius: 71 }],
		memory: { usedBytes: 18.4 * GIB, totalBytes: 24 * GIB, isWhole: true },
		history: HOUR,
		today: { ...noUsage('gpu', ''), calls: 3, promptTokens: 12_000, completionTokens: 500, unpricedCalls: 3 },
	},
	{
		id: 'cloud',
		kind: 'openai',
		url: 'https://api.example.com',
		roles: ['root', 'sub'],
		health: {
			state: 'down',
			cause: 'unreachable',
			reason: 'no connection (refused: nothing listens there).',
			hint: 'Start the server.',
			since: NOW - 90_000,
		},
		models: [],
		windowTokens: 128_000,
		calls: calls('cloud', { limit: 8, errorShare: 1, breaker: 'open', reopensInMs: 4_200 }),
		gpus: [],
		history: Array.from({ length: 60 }, () => undefined),
		today: { ...noUsage('cloud', ''), calls: 1, promptTokens: 1_000_000, costUsd: 1.5, estimatedCalls: 1 },
	},
];
const view = { width: 160, color: false, now: NOW };

describe('the table of the fleet', () => {
	it('lets no name steer the terminal or look like another', () => {
		const [gpu] = FLEET;
		const odd = '\u001b]0;owned\u0007g\u202epu\u200b\u0085';
		const models = [{ name: odd, isLoaded: true }];
		const gpus = [{ name: odd }];
		const fleet = gpu ? [{ ...gpu, id: odd, models, gpus, health: { ...gpu.health, reason: odd } }] : [];
		const drawn = renderFleet(fleet, view);
		expect(printable(drawn)).toBe(drawn);
		expect(drawn).toContain('gpu');
		const used = [{ day: '2026-11-21', servers: [{ ...noUsage(odd, odd), calls: 1 }], modes: [], damagedLines: 0 }];
		expect(printable(renderUsage(used))).toBe(renderUsage(used));
	});

	it('has a line for each server, and below it what there is to say', () => {
		expect(`\n${renderFleet(FLEET, view)}`).toMatchInlineSnapshot(`
			"
			server  state   since  in memory                window        VRAM    calls  tok/s  1st token            errors        today  last hour
			gpu     ● up      3 h  qwen3:32b (25 % on CPU)     41k  18.4/24 GB  2/2 +12     31     840 ms               2 %          13k  ······▁▁✗▅██
			  NVIDIA RTX 4090: 83 %, 18.4/24.0 GB, 71 °C
			cloud   ✗ down  1 min  -                          128k           -        -      -          -  100 % paused 5 s  ~1.0M $1.50  -
			  no connection (refused: nothing listens there).
			  Start the server."
		`);
	});

	it('leaves out columns until it fits, the least important ones first, and is the same text in colors', () => {
		for (const width of [120, 90, 60, 40]) {
			const lines = renderFleet(FLEET, { ...view, width }).split('\n');
			const table = lines.filter((line) => !line.startsWith('  '));
			expect(Math.max(...table.map(columnsOf))).toBeLessThanOrEqual(width);
			expect(table).toHaveLength(3);
			expect(table[2]).toContain('✗ down');
		}
		const colored = renderFleet(FLEET, { ...view, color: true });
		expect(colored).not.toBe(renderFleet(FLEET, view));
		expect(stripVTControlCharacters(colored)).toBe(renderFleet(FLEET, view));
	});

	it('draws the last hour: gaps, times down, and how full it was', () => {
		expect(sparkline(HOUR, 2)).toBe('······▁▁✗▅██');
	});

	it('has the same facts as objects, without the control characters having been lost', () => {
		const [gpu, cloud] = FLEET.map(rowOf);
		expect(gpu).toMatchObject({
			id: 'gpu',
			state: 'up',
			models: ['qwen3:32b', 'llama3:\u001b[31m8b'],
			loaded: ['qwen3:32b'],
			windowTokens: 40_960,
			latencyMs: 12,
			calls: { inFlight: 2, waiting: 12 },
		});
		expect(gpu?.history[0]).toBeNull();
		expect(cloud).toMatchObject({
			state: 'down',
			cause: 'unreachable',
			hint: 'Start the server.',
			calls: { breaker: 'open' },
		});
	});
});

describe('the table of usage', () => {
	const entry = (server: string, rest: object) => ({ ...noUsage(server, 'm'), calls: 1, durationMs: 1000, ...rest });

	it('has days, models and their sum; what is unknown is not zero, and what is estimated is marked', () => {
		const days = [
			{ day: '2026-11-19', servers: [], modes: [], damagedLines: 0 },
			{
				day: '2026-11-20',
				servers: [entry('gpu', { promptTokens: 5000, unpricedCalls: 1 })],
				modes: [],
				damagedLines: 0,
			},
			{
				day: '2026-11-21',
				servers: [
					entry('gpu', { promptTokens: 1000, unpricedCalls: 1, estimatedCalls: 1 }),
					entry('cloud', { promptTokens: 2000, cachedPromptTokens: 1500, costUsd: 0.0125, failedAttempts: 2 }),
				],
				modes: [],
				damagedLines: 0,
			},
		];
		expect(`\n${renderUsage(days)}`).toMatchInlineSnapshot(`
			"
			            calls  failed  prompt  cached  completion   time      cost
			2026-11-20      1       0    5.0k       -           0  1.0 s   unknown
			2026-11-21      2       2   ~3.0k    1.5k          ~0  2.0 s  ≥ $0.013

			gpu/m           2       0   ~6.0k       -          ~0  2.0 s   unknown
			cloud/m         1       2    2.0k    1.5k           0  1.0 s    $0.013
			all             3       2   ~8.0k    1.5k          ~0  3.0 s  ≥ $0.013"
		`);
	});

	it('has modes and plans below, with what became of their runs', () => {
		const counts = { calls: 9, tokens: 12_000, costUsd: 0.5, unpricedCalls: 0, durationMs: 90_000 };
		const modes = [
			{ mode: 'guided', plan: 'count', runs: 3, answered: 2, partial: 1, failed: 0, ...counts },
			{
				mode: 'direct',
				plan: '',
				runs: 1,
				answered: 1,
				partial: 0,
				failed: 0,
				...counts,
				unpricedCalls: 9,
				costUsd: 0,
			},
		] as const;
		const table = renderUsage([{ day: '2026-11-21', servers: [entry('gpu', {})], modes, damagedLines: 0 }]);
		expect(
			table
				.split('\n\n')
				.at(-1)
				?.split('\n')
				.map((line) => line.split(/ {2,}/)),
		).toEqual([
			['mode', 'runs', 'answered', 'partial', 'failed', 'tokens', 'time', 'cost'],
			['guided (count)', '3', '2', '1', '0', '12k', '1 min 30 s', '$0.500'],
			['direct', '1', '1', '0', '0', '12k', '1 min 30 s', 'unknown'],
		]);
	});

	it('names a server of which nobody saw a model without one', () => {
		const servers = [{ ...noUsage('gone', ''), failedAttempts: 3 }];
		const last = renderUsage([{ day: '2026-11-21', servers, modes: [], damagedLines: 0 }])
			.split('\n')
			.at(-1);
		expect(last).toMatch(/^gone +0 +3 /);
	});

	it('says when there is nothing', () => {
		expect(renderUsage([{ day: '2026-11-21', servers: [], modes: [], damagedLines: 0 }])).toBe(
			'Nothing was used in the last 1 day.',
		);
	});
});
