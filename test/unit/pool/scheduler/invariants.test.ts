// Random work, faults and cancels at random moments: whatever happens, every call ends once and nothing is left behind.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countingClock, randomFrom, VirtualClock } from '../../../../bench/pool/virtualClock.ts';
import { CancelledError, type FailureCategory } from '../../../../src/core/errors.ts';
import { present } from '../../../../src/core/present.ts';
import { Scheduler } from '../../../../src/pool/scheduler/scheduler.ts';
import type { AttemptHandle, JobRequest, ServerSpec, Strategy } from '../../../../src/pool/scheduler/types.ts';
import { STRATEGIES } from '../../../../src/settings/choices.ts';
import { spec } from '../../../support/scheduling.ts';

const SEEDS = 1_500;
const FAILURES: readonly FailureCategory[] = [
	'connect',
	'timeout',
	'server',
	'overloaded',
	'rate-limit',
	'auth',
	'model-not-found',
	'context-overflow',
	'bad-request',
	'stream-cut',
	'empty',
];

interface Plan {
	readonly seed: number;
	readonly strategy: Strategy;
	readonly hedging: boolean;
	readonly limits: readonly number[];
	readonly models: number;
	readonly jobs: number;
	readonly runs: number;
	/** Share of attempts that fail, of calls that are cancelled, and of calls with a deadline; percent. */
	readonly failing: number;
	readonly cancelled: number;
	readonly hurried: number;
	readonly queueMax: number;
}

const plans: fc.Arbitrary<Plan> = fc.record({
	seed: fc.integer(),
	strategy: fc.constantFrom(...STRATEGIES),
	hedging: fc.boolean(),
	limits: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
	models: fc.integer({ min: 1, max: 3 }),
	jobs: fc.integer({ min: 1, max: 40 }),
	runs: fc.integer({ min: 1, max: 8 }),
	failing: fc.integer({ min: 0, max: 100 }),
	cancelled: fc.integer({ min: 0, max: 60 }),
	hurried: fc.integer({ min: 0, max: 30 }),
	queueMax: fc.constantFrom(1, 5, 20_000),
});

/** What came of a plan. */
interface Outcome {
	/** How often each call ended. */
	readonly ends: readonly number[];
	readonly trace: readonly string[];
	/** Calls at a server beyond its limit, seen at any start. */
	readonly excess: number;
	readonly left: number;
}

function carryOut(plan: Plan): Outcome {
	const clock = new VirtualClock(plan.seed);
	const counting = countingClock(clock);
	const random = randomFrom(~plan.seed);
	const chance = (percent: number) => random() * 100 < percent;
	const servers = plan.limits.map((maxConcurrent, index): ServerSpec => {
		const maxResident = random() < 0.5 ? 1 : Number.POSITIVE_INFINITY;
		const price = random() < 0.2 ? { price: { promptUsd: 1, completionUsd: 2 } } : {};
		const abortLagMs = random() < 0.5 ? 3_000 : 0;
		return spec(`s${index}`, {
			maxConcurrent,
			maxResident,
			priority: 1 + Math.floor(random() * 3),
			abortLagMs,
			...price,
		});
	});
	const { strategy, hedging, queueMax } = plan;
	const scheduler = new Scheduler({ servers, clock: counting, strategy, hedging, queueMax, cloudUse: 'balanced' });
	const ends: number[] = Array.from({ length: plan.jobs }, () => 0);
	const trace: string[] = [];
	const running = new Map<string, number>();
	let excess = 0;

	const attempt = (index: number, handle: AttemptHandle): (() => void) => {
		const { serverId } = handle;
		trace.push(`${clock.now()} ${index} ${serverId}`);
		const limit = plan.limits[servers.findIndex(({ id }) => id === serverId)] ?? 0;
		running.set(serverId, (running.get(serverId) ?? 0) + 1);
		if ((running.get(serverId) ?? 0) > limit) excess++;
		let isOver = false;
		const over = () => {
			if (isOver) return false;
			isOver = true;
			running.set(serverId, (running.get(serverId) ?? 0) - 1);
			return true;
		};
		const end = () => {
			if (!over()) return;
			if (chance(plan.failing)) {
				const category = FAILURES[Math.floor(random() * FAILURES.length)] as FailureCategory;
				const asked = chance(10) ? { retryAfterMs: random() * 200_000 } : {};
				if (handle.failed({ category, ...asked })?.kind === 'give-up') ends[index] = (ends[index] ?? 0) + 1;
			} else if (handle.done({ promptTokens: 500, completionTokens: 100, firstTokenMs: 100, durationMs: 200 })) {
				ends[index] = (ends[index] ?? 0) + 1;
			}
		};
		const cancels = [clock.at(clock.now() + random() * 20_000, end)];
		if (chance(50)) cancels.push(clock.at(clock.now() + random() * 5_000, () => isOver || handle.progress(3)));
		return () => {
			over();
			for (const cancel of cancels) cancel();
		};
	};

	for (let index = 0; index < plan.jobs; index++) {
		const controller = new AbortController();
		if (chance(plan.cancelled)) clock.at(random() * 60_000, () => controller.abort());
		const model = `m${Math.floor(random() * plan.models)}`;
		const places = servers.filter(() => random() < 0.8);
		const request: JobRequest = present({
			role: random() < 0.2 ? 'root' : 'sub',
			runId: `r${Math.floor(random() * plan.runs)}`,
			conversationId: `c${Math.floor(random() * 10)}`,
			choices: (places.length > 0 ? places : servers).map(({ id }) => ({ serverId: id, model })),
			promptTokens: 1 + Math.floor(random() * 5_000),
			deadline: chance(plan.hurried) ? random() * 90_000 : undefined,
		});
		const owner = {
			start: (handle: AttemptHandle) => attempt(index, handle),
			ended: () => {
				ends[index] = (ends[index] ?? 0) + 1;
			},
		};
		clock.at(random() * 40_000, () => {
			try {
				scheduler.submit(request, owner, controller.signal);
			} catch (error) {
				if (!(error instanceof CancelledError)) throw error;
				ends[index] = (ends[index] ?? 0) + 1;
			}
		});
	}
	if (chance(20)) clock.at(random() * 40_000, () => scheduler.setHealth('s0', 'down'));
	if (chance(20)) clock.at(random() * 40_000, () => scheduler.lowerLimit('s0', 1));
	if (chance(20)) clock.at(random() * 40_000, () => scheduler.retryNow('s0'));
	clock.run();
	return { ends, trace, excess, left: scheduler.inFlight + scheduler.waiting + counting.pending };
}

describe(`over ${SEEDS} random workloads`, () => {
	test('every call ends exactly once, no limit is exceeded, and no place, call or timer is left', () => {
		fc.assert(
			fc.property(plans, (plan) => {
				const { ends, excess, left } = carryOut(plan);
				expect(ends.every((count) => count === 1)).toBe(true);
				expect({ excess, left }).toEqual({ excess: 0, left: 0 });
			}),
			{ numRuns: SEEDS, seed: 20261121 },
		);
	}, 300_000);

	test('the same seed gives the same trace', () => {
		fc.assert(
			fc.property(plans, (plan) => {
				expect(carryOut(plan).trace).toEqual(carryOut(plan).trace);
			}),
			{ numRuns: 50, seed: 20261121 },
		);
	});
});
