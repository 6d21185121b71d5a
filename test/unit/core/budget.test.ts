import { describe, expect, it } from 'vitest';
import { Budget, type CallNeeds, LimitReached } from '../../../src/core/budget.ts';
import { CancelledError } from '../../../src/core/errors.ts';
import type { Limits } from '../../../src/core/events.ts';
import { DEFAULT_LIMITS } from '../../../src/core/limits.ts';
import { neverAborted } from '../../support/signals.ts';

const needs: CallNeeds = { isSubCall: true, promptTokens: 100, completionTokens: 100, price: undefined };
const usage = (tokens: number) => ({ promptTokens: tokens, completionTokens: 0, isEstimate: false });

function budgetOf(limits: Partial<Limits>, warn: (limit: string) => void = () => {}): Budget {
	return new Budget({ ...DEFAULT_LIMITS, ...limits }, () => 0, warn);
}

function limitOf(action: () => unknown): string {
	try {
		action();
	} catch (error) {
		if (error instanceof LimitReached) return error.limit;
		throw error;
	}
	return 'none';
}

/** A call with one attempt that the server worked on. */
function spend(budget: Budget, tokens: number, extra: Partial<CallNeeds> = {}, costUsd: number | undefined = 0): void {
	const reservation = budget.reserve({ ...needs, ...extra });
	reservation.attempt(undefined).settle(usage(tokens), costUsd);
	reservation.close();
}

describe('the budget of a tree', () => {
	it('counts calls in flight, so that a batch cannot overshoot', () => {
		const budget = budgetOf({ calls: 2 });
		budget.reserve(needs);
		budget.reserve(needs);
		expect(limitOf(() => budget.reserve(needs))).toBe('calls');
	});

	it('gives back the reservation of a call that was not made', () => {
		const budget = budgetOf({ calls: 1 });
		budget.reserve(needs).close();
		expect(limitOf(() => budget.reserve(needs))).toBe('none');
	});

	it('gives the room of an attempt that no server worked on to the next attempt first', () => {
		const budget = budgetOf({ calls: 1 });
		const reservation = budget.reserve(needs);
		reservation.attempt(undefined).release();
		expect(limitOf(() => budget.reserve(needs))).toBe('calls');
		reservation.attempt(undefined).release();
		reservation.close();
		expect(budget.callsLeft).toBe(1);
	});

	it('counts every attempt that a server worked on, and refuses one that does not fit', () => {
		const budget = budgetOf({ calls: 2 });
		const reservation = budget.reserve(needs);
		reservation.attempt(undefined).settle(usage(100), 0);
		reservation.attempt(undefined).settle(usage(100), 0);
		expect(limitOf(() => reservation.attempt(undefined))).toBe('calls');
		reservation.close();
		expect(budget.used).toMatchObject({ calls: 2, usage: { promptTokens: 200 } });
		expect(budget.callsLeft).toBe(0);
	});

	it('makes room for two concurrent attempts only when both fit', () => {
		const budget = budgetOf({ tokens: 420 });
		const reservation = budget.reserve({ ...needs, completionTokens: 100 });
		const first = reservation.attempt(undefined);
		expect(limitOf(() => reservation.attempt(undefined))).toBe('tokens');
		first.settle(usage(120), 0);
		expect(limitOf(() => reservation.attempt(undefined))).toBe('none');
	});

	it('replaces the reservation by the real usage, once', () => {
		const budget = budgetOf({ tokens: 1000 });
		const reservation = budget.reserve(needs);
		const room = reservation.attempt(undefined);
		room.settle(usage(700), 0);
		room.settle(usage(700), 0);
		room.release();
		reservation.close();
		expect(budget.used.usage.promptTokens).toBe(700);
		expect(budget.left()).toMatchObject({ tokens: 250, calls: 999 });
	});

	it('counts a child run as a sub-call, and gives it back when it asked no model', () => {
		const budget = budgetOf({ calls: 2 });
		budget.takeChildRun();
		const giveBack = budget.takeChildRun();
		expect(limitOf(() => budget.takeChildRun())).toBe('calls');
		giveBack();
		expect(budget.left()).toMatchObject({ calls: 1 });
		expect(budget.used.calls).toBe(0);
	});

	it('grants a shorter completion rather than none, and none rather than a useless one', () => {
		const budget = budgetOf({ tokens: 210 });
		expect(budget.reserve({ ...needs, completionTokens: 4000 }).completionTokens).toBe(99);
		expect(limitOf(() => budget.reserve(needs))).toBe('tokens');
	});

	it('keeps an allowance back for the forced last iteration', () => {
		const budget = budgetOf({ tokens: 10_000 });
		spend(budget, 9_400, { promptTokens: 9_300 });
		const last = { ...needs, promptTokens: 400, completionTokens: 100 };
		expect(limitOf(() => budget.reserve(last))).toBe('tokens');
		expect(limitOf(() => budget.reserve({ ...last, isSalvage: true }))).toBe('none');
	});

	it('reserves money by the price before a call starts', () => {
		const budget = budgetOf({ costUsd: 1 });
		const price = { promptUsd: 5_000, completionUsd: 0 };
		budget.reserve({ ...needs, price });
		expect(limitOf(() => budget.reserve({ ...needs, price }))).toBe('cost');
	});

	it('reserves more when an attempt goes to a server that costs more, or refuses it', () => {
		const budget = budgetOf({ costUsd: 1 });
		const reservation = budget.reserve(needs);
		expect(limitOf(() => reservation.attempt({ promptUsd: 50_000, completionUsd: 0 }))).toBe('cost');
		budget.reserve(needs).attempt({ promptUsd: 5_000, completionUsd: 0 });
		expect(budget.left().cost_usd).toBeCloseTo(0.45, 9);
	});

	it('reserves more once a server has counted far more tokens than were estimated', () => {
		const budget = budgetOf({ tokens: 100_000 });
		const long = { promptTokens: 1_000, completionTokens: 100 };
		spend(budget, 3_000, long);
		budget.reserve({ ...needs, ...long });
		expect(budget.left().tokens).toBe(95_000 - 3_000 - 3_100);
	});

	it('makes calls one after another where their texts could exceed the limit together', async () => {
		const budget = budgetOf({ tokens: 18_000 });
		const long = { ...needs, promptTokens: 2_000, completionTokens: 100 };
		const [first, second, third] = [budget.reserve(long), budget.reserve(long), budget.reserve(long)];
		await first.start(neverAborted);
		let hasStarted = false;
		const started = second.start(neverAborted).then(() => {
			hasStarted = true;
		});
		await expect(third.start(AbortSignal.abort())).rejects.toThrow(CancelledError);
		first.attempt(undefined).settle(usage(7_000), 0);
		expect(hasStarted).toBe(false);
		first.close();
		await started;
		second.attempt(undefined).settle(usage(7_000), 0);
		second.close();
		await third.start(neverAborted);
		expect(limitOf(() => third.attempt(undefined))).toBe('tokens');
	});

	it('makes calls at once while limits are far away', async () => {
		const budget = budgetOf({});
		for (let call = 0; call < 64; call++) {
			await budget.reserve({ ...needs, promptTokens: 10_000, completionTokens: 4_000 }).start(neverAborted);
		}
		expect(budget.left().tokens).toBe(DEFAULT_LIMITS.tokens * 0.95 - 64 * 14_000);
	});

	it('counts calls of unknown price apart from free ones', () => {
		const budget = budgetOf({});
		spend(budget, 1);
		budget.reserve(needs).attempt(undefined).settle(usage(1), undefined);
		expect(budget.used).toMatchObject({ unpricedCalls: 1, calls: 2, costUsd: 0 });
	});

	it('warns once when a limit is near', () => {
		const warned: string[] = [];
		const budget = budgetOf({ calls: 5 }, (limit) => warned.push(limit));
		for (let call = 0; call < 5; call++) spend(budget, 1);
		expect(warned).toEqual(['calls']);
	});

	it('shows unlimited values as null', () => {
		const left = budgetOf({ tokens: Infinity, costUsd: Infinity, durationMs: Infinity }).left();
		expect(left).toMatchObject({ tokens: null, cost_usd: null, seconds: null });
	});
});
