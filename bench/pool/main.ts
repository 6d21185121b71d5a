// npm run -s bench:pool [-- --scenario FILE]...   The pool's scheduler in virtual time, beside other ways to spread calls.
// npm run -s bench:pool -- --sockets              The whole pool over real sockets, in real time.

import { readdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { reasonOf } from '../../src/core/errors.ts';
import { present } from '../../src/core/present.ts';
import { STRATEGIES } from '../../src/settings/choices.ts';
import { measureDispatch } from './dispatch.ts';
import { ORIGINAL, type Way } from './drivers.ts';
import { missesOf, type Summary, type SummaryRow, summaryOf, tableOf } from './report.ts';
import { readScenario, type Scenario, ScenarioError } from './scenario.ts';
import { simulate } from './simulate.ts';
import { benchSockets } from './sockets.ts';

const WAYS: readonly Way[] = [...STRATEGIES, ORIGINAL];
/** Calls in the queue for which the cost of the scheduler is measured. */
const QUEUES = [5_000, 20_000];
/** The host must not be held up for longer than a frame. ms */
const FRAME_MS = 16;

process.exitCode = await main();

async function main(): Promise<number> {
	try {
		const { values } = parseArgs({
			options: { scenario: { type: 'string', multiple: true }, sockets: { type: 'boolean', default: false } },
		});
		const misses = values.sockets ? await benchSockets() : runScenarios(values.scenario);
		console.log(misses === 0 ? '\nall targets met' : `\n${misses} targets missed`);
		return misses === 0 ? 0 : 1;
	} catch (error) {
		if (!(error instanceof ScenarioError) && !isUsageError(error)) throw error;
		console.error(`bench:pool: ${reasonOf(error)}`);
		return 2;
	}
}

/** @param files absent: the bench's own scenarios, and the cost of the scheduler */
function runScenarios(files: readonly string[] | undefined): number {
	const scenarios = (files ?? ownScenarios()).map(readScenario);
	const rows: SummaryRow[] = [];
	let misses = 0;
	for (const scenario of scenarios) misses += runScenario(scenario, rows);
	if (!files) misses += runDispatch();
	console.log(`\nmakespan as a multiple of the lower bound\n${summaryOf(WAYS, rows)}`);
	return misses;
}

function ownScenarios(): readonly string[] {
	const folder = path.join(import.meta.dirname, 'scenarios');
	return readdirSync(folder)
		.filter((name) => name.endsWith('.json'))
		.sort()
		.map((name) => path.join(folder, name));
}

/** @returns how many targets were missed by `adaptive`; the other ways are there for comparison */
function runScenario(scenario: Scenario, rows: SummaryRow[]): number {
	console.log(`\n${scenario.name}: ${scenario.about}`);
	let misses = 0;
	for (const { calls, targets, ...changes } of scenario.cases ?? [{}]) {
		const varied = { ...scenario, ...changes };
		const summaries = WAYS.map((way): Summary => {
			return { way, runs: scenario.seeds.map((seed) => simulate(varied, way, seed, calls)) };
		});
		const runs = summaries[0]?.runs ?? [];
		const bound = mean(runs.map((figures) => figures.bound / 1000));
		const what = Object.entries(present({ calls, ...changes }));
		const title = what.map(([name, value]) => `${name} ${value}, `).join('');
		const told = Number.isFinite(bound) ? `lower bound ${bound.toFixed(0)} s` : 'no schedule could serve all calls';
		console.log(`${title}${told}, ${scenario.seeds.length} seeds`);
		console.log(tableOf(summaries));
		rows.push({ name: [scenario.name, ...what.map((entry) => entry.join(' '))].join(', '), summaries });
		for (const { what, value, limit } of missesOf(runs, { ...scenario.targets, ...targets })) {
			console.log(`MISSED: ${what} is ${value.toFixed(3)}, the target is ${limit}`);
			misses++;
		}
		if (simulate(varied, 'adaptive', scenario.seeds[0] ?? 1, calls).trace !== runs[0]?.trace) {
			console.log('MISSED: the same seed gave another trace');
			misses++;
		}
	}
	return misses;
}

function runDispatch(): number {
	console.log('\ncost of the scheduler, in real time');
	let misses = 0;
	measureDispatch(1_000);
	for (const queued of QUEUES) {
		const { microsecondsEach, longestMs } = measureDispatch(queued);
		const each = `${microsecondsEach.toFixed(1)} µs a call`;
		console.log(`${queued} calls queued: ${each}, the host held up for ${longestMs.toFixed(2)} ms at most`);
		if (longestMs <= FRAME_MS) continue;
		console.log(`MISSED: the host was held up for longer than ${FRAME_MS} ms`);
		misses++;
	}
	return misses;
}

function isUsageError(error: unknown): boolean {
	return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}

function mean(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}
