// The bench is what others measure the pool with: its bound must hold, its input must be checked, its verdict be right.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Way } from '../../../bench/pool/drivers.ts';
import { parseScenario, type Scenario, ScenarioError } from '../../../bench/pool/scenario.ts';
import { simulate } from '../../../bench/pool/simulate.ts';
import { STRATEGIES } from '../../../src/settings/choices.ts';

const WAYS: readonly Way[] = [...STRATEGIES, 'original'];
const folder = mkdtempSync(path.join(tmpdir(), 'rlm-bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

const fast = { id: 'fast', slots: 1, promptSpeed: 2000, completionSpeed: 40, resident: ['small'] };
const slow = { id: 'slow', slots: 2, promptSpeed: 300, completionSpeed: 10, resident: ['small'], loadSeconds: 5 };
const batch = { kind: 'batch', run: 'a', calls: 40, promptTokens: [500, 2000], completionTokens: [20, 200] };

const paid = { ...fast, price: { promptUsd: 1, completionUsd: 2 } };
const warmUp = { calls: 4, promptTokens: 100, completionTokens: 10, model: 'small' };

function scenario(extra: object = {}): Scenario {
	return parseScenario({ name: 'n', about: 'a', servers: [fast, slow], load: [batch], ...extra }, 'test');
}

describe('a scenario', () => {
	test.each([
		[{ servers: [{ ...fast, slots: 0 }] }, 'servers.0.slots: must be at least 1'],
		[{ servers: [fast, fast] }, 'two have the id "fast"'],
		[{ servers: [{ ...fast, speed: 1 }] }, 'servers.0.speed'],
		[{ load: [{ ...batch, kind: 'flood' }] }, 'load.0.kind'],
		[{ load: [{ ...batch, model: 'huge' }] }, 'load.0: no server has the model "huge" and the role "sub"'],
		[{ cancel: [{ run: 'b', at: 1 }] }, 'there is no run "b"'],
		[{ servers: [{ ...fast, faults: [{ kind: 'down', from: 9, to: 3 }] }] }, 'ends before it begins'],
		[{ targets: { jain: 2 } }, 'targets.jain: must be from 0 to 1'],
		[{ servers: [{ ...fast, speed: 1 }] }, 'servers.0.speed: there is no such field'],
		[{ servers: [{ id: 'x' }] }, 'servers.0.slots: is missing'],
		[
			{ load: [{ ...batch, promptTokens: 'many' }] },
			'load.0.promptTokens: must be a whole number or a range [from, to]',
		],
		[{ load: [{ ...batch, promptTokens: -1 }] }, 'load.0.promptTokens: must not be negative'],
		[{ warmUp: { ...warmUp, model: 'huge' } }, 'warmUp: no server has the model "huge"'],
		[{ servers: [paid], cloudUse: 'never' }, 'has a price, and cloudUse is "never"'],
		[{ servers: [paid], cases: [{ cloudUse: 'fastest' }, { cloudUse: 'never' }] }, 'cloudUse is "never"'],
	])('%j is refused with its place', (extra, message) => {
		expect(() => scenario(extra)).toThrow(ScenarioError);
		expect(() => scenario(extra)).toThrow(message);
	});
});

describe('a simulation', () => {
	test.each(WAYS)('%s serves every call once and is no better than the lower bound', (way) => {
		const figures = simulate(scenario(), way, 1);
		expect(figures).toMatchObject({ jobs: 40, failed: 0, lost: 0, doubled: 0, left: 0 });
		expect(figures.makespan).toBeGreaterThanOrEqual(figures.bound * 0.999);
	});

	test('the bound is exact where nothing can be decided', () => {
		const servers = [{ ...fast, promptSpeed: 1000, completionSpeed: 10 }];
		const load = [{ ...batch, calls: 10, promptTokens: 1000, completionTokens: 50 }];
		const { bound, makespan } = simulate(scenario({ servers, load }), 'adaptive', 1);
		expect(bound).toBeCloseTo(60_000, -1);
		expect(makespan).toBeCloseTo(60_000, -1);
	});

	test('the bound takes account of outages and slow periods', () => {
		const bound = (...faults: object[]) => simulate(scenario({ servers: [{ ...fast, faults }] }), 'adaptive', 1).bound;
		const plain = bound();
		expect(bound({ kind: 'refuse', from: 10, to: 30 })).toBeCloseTo(plain + 20_000, -2);
		expect(bound({ kind: 'slow', from: 0, factor: 2 })).toBeCloseTo(2 * plain, -2);
	});

	test('there is no bound where servers stay down, and none for calls that were never made', () => {
		const down = { ...fast, faults: [{ kind: 'down', from: 20 }] };
		expect(simulate(scenario({ servers: [down] }), 'adaptive', 1).bound).toBe(Number.POSITIVE_INFINITY);
		const load = [
			{ ...batch, calls: 5 },
			{ ...batch, run: 'b', calls: 5, at: 60 },
		];
		const figures = simulate(scenario({ load, cancel: [{ run: 'b', at: 10 }] }), 'adaptive', 1);
		expect(figures).toMatchObject({ jobs: 5, cancelled: 5, lost: 0 });
	});

	test('the same seed gives the same trace, another seed another', () => {
		const traces = [1, 1, 2].map((seed) => simulate(scenario(), 'adaptive', seed).trace);
		expect(traces[0]).toBe(traces[1]);
		expect(traces[0]).not.toBe(traces[2]);
	});

	test('many runs in turn with their sub-calls get through a single place', () => {
		const root = { promptTokens: 500, completionTokens: 50 };
		const load = Array.from({ length: 8 }, (_, index) => ({
			...batch,
			kind: 'rounds',
			run: `r${index}`,
			rounds: 3,
			calls: 4,
			root,
		}));
		const figures = simulate(scenario({ servers: [fast], load }), 'adaptive', 1);
		expect(figures).toMatchObject({ jobs: 8 * 3 * 5, failed: 0, lost: 0, left: 0 });
	});

	test('two runs with a model each do not have a server load for every call', () => {
		const server = { ...fast, models: ['small', 'large'], loadSeconds: 30 };
		const load = [batch, { ...batch, run: 'b', model: 'large' }];
		const figures = simulate(scenario({ servers: [server], load }), 'adaptive', 1);
		expect(figures).toMatchObject({ jobs: 80, failed: 0, left: 0 });
		expect(figures.loads).toBeLessThanOrEqual(8);
	});

	test('a server whose price is zero is used although money must not be spent', () => {
		const free = { ...fast, price: { promptUsd: 0, completionUsd: 0 } };
		const figures = simulate(scenario({ servers: [free], cloudUse: 'never' }), 'adaptive', 1);
		expect(figures).toMatchObject({ jobs: 40, failed: 0, usd: 0 });
		expect(figures.bound).toBeGreaterThan(0);
	});

	test.each([
		['c', 6],
		['c-2', 3],
	])('cancelling "%s" of several conversations cancels those of that name', (run, dropped) => {
		const talk = { kind: 'conversations', run: 'c', count: 2, turns: 4, promptTokens: 2000, completionTokens: 400 };
		const figures = simulate(scenario({ servers: [fast], load: [talk], cancel: [{ run, at: 5 }] }), 'adaptive', 1);
		expect(figures.cancelled).toBeGreaterThan(0);
		expect(figures.jobs).toBe(8 - dropped);
		expect(figures.left).toBe(0);
	});

	test('calls without any length end at once', () => {
		const load = [{ ...batch, promptTokens: 0, completionTokens: 0 }];
		expect(simulate(scenario({ load }), 'adaptive', 1)).toMatchObject({ jobs: 40, failed: 0, makespan: 0, bound: 0 });
	});

	test('a late batch does not count before it arrives', () => {
		const load = [
			{ ...batch, calls: 60 },
			{ ...batch, run: 'b', calls: 60, at: 60 },
		];
		expect(simulate(scenario({ load }), 'adaptive', 1).jain).toBeGreaterThan(0.95);
	});

	test('endless flapping is simulated like anything else', () => {
		const flap = { kind: 'flap', from: 5, downSeconds: 0.2, upSeconds: 2 };
		const servers = [{ ...fast, faults: [flap] }, slow];
		expect(simulate(scenario({ servers }), 'adaptive', 1)).toMatchObject({ lost: 0, doubled: 0, left: 0 });
	});

	test('a server that hides its queue, one that refuses and one that dies together lose no call', () => {
		const servers = [
			{ ...fast, beyondSlots: 'queue', maxConcurrent: 4 },
			{ ...slow, maxConcurrent: 8 },
			{ ...slow, id: 'dying', faults: [{ kind: 'down', from: 20, to: 40 }] },
		];
		const figures = simulate(scenario({ servers }), 'adaptive', 1);
		expect(figures).toMatchObject({ failed: 0, lost: 0, doubled: 0, left: 0 });
	});
});

describe('the command', () => {
	const run = (content: object) => {
		const file = path.join(folder, 'scenario.json');
		writeFileSync(file, JSON.stringify({ name: 'n', about: 'a', servers: [fast, slow], load: [batch], ...content }));
		const main = path.join(import.meta.dirname, '../../../bench/pool/main.ts');
		return spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', main, '--scenario', file], {
			encoding: 'utf8',
		});
	};

	test('ends with 0 when the targets are met, and shows all ways side by side', () => {
		const { status, stdout } = run({ targets: { makespanToBound: 3, failed: 0 } });
		expect(status).toBe(0);
		for (const way of WAYS) expect(stdout).toContain(`\n${way} `);
	});

	test('ends with 1 and says what was missed', () => {
		const { status, stdout } = run({ targets: { makespanToBound: 0.5 } });
		expect(status).toBe(1);
		expect(stdout).toMatch(/MISSED: makespanToBound is \d/);
	});

	test('ends with 2 when the scenario is wrong', () => {
		const { status, stderr } = run({ servers: [] });
		expect(status).toBe(2);
		expect(stderr).toContain('scenario.json: servers: needs at least one server');
	});
});
