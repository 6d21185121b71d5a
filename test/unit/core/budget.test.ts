import { describe, expect, it } from 'vitest';
import { Budget, type CallNeeds, LimitReached } from '../../../src/core/budget.ts';
import type { Limits } from '../../../src/core/events.ts';
import { DEFAULT_LIMITS } from '../../../src/core/limits.ts';

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

describe('the budget of a tree', () => {
	it('counts calls in flight, so that a batch cannot overshoot', () => {
		const budget = budgetOf({ calls: 2 });
		budget.reserve(needs);
		budget.reserve(needs);
		expect(limitOf(() => budget.reserve(needs))).toBe('calls');
	});

	it('gives back what a call that was not made had reserved', () => {
		const budget = budgetOf({ calls: 1 });
		budget.reserve(needs).release();
		expect(limitOf(() => budget.reserve(needs))).toBe('none');
	});

	it('replaces the reservation by the real usage, once', () => {
		const budget = budgetOf({ tokens: 1000 });
		const reservation = budget.reserve(needs);
		reservation.settle(usage(700), 0);
		reservation.settle(usage(700), 0);
		reservation.release();
		expect(budget.used.usage.promptTokens).toBe(700);
		expect(budget.left().tokens).toBe(250);
	});

	it('grants a shorter completion rather than none, and none rather than a useless one', () => {
		const budget = budgetOf({ tokens: 210 });
		expect(budget.reserve({ ...needs, completionTokens: 4000 }).completionTokens).toBe(99);
		expect(limitOf(() => budget.reserve(needs))).toBe('tokens');
	});

	it('keeps an allowance back for the forced answer turn', () => {
		const budget = budgetOf({ tokens: 10_000 });
		budget.reserve({ ...needs, promptTokens: 9_300, completionTokens: 100 }).settle(usage(9_400), 0);
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

	it('counts calls of unknown price apart from free ones', () => {
		const budget = budgetOf({});
		budget.reserve(needs).settle(usage(1), undefined);
		budget.reserve(needs).settle(usage(1), 0);
		expect(budget.used).toMatchObject({ unpricedCalls: 1, calls: 2, costUsd: 0 });
	});

	it('warns once when a limit comes near', () => {
		const warned: string[] = [];
		const budget = budgetOf({ calls: 5 }, (limit) => warned.push(limit));
		for (let call = 0; call < 5; call++) budget.reserve(needs).settle(usage(1), 0);
		expect(warned).toEqual(['calls']);
	});

	it('shows limits without an end as null', () => {
		const left = budgetOf({ tokens: Infinity, costUsd: Infinity, durationMs: Infinity }).left();
		expect(left).toMatchObject({ tokens: null, cost_usd: null, seconds: null });
	});
});
