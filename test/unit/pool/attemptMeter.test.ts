import { describe, expect, test } from 'vitest';
import { type FailureCategory, ModelError, type ModelErrorFacts } from '../../../src/core/errors.ts';
import type { AttemptUse } from '../../../src/core/ports/model.ts';
import { AttemptMeter } from '../../../src/pool/attemptMeter.ts';

/** What an attempt counts that was sent and then failed so. */
function lostWith(facts: ModelErrorFacts, isSent = true): AttemptUse | undefined {
	const told: (AttemptUse | undefined)[] = [];
	const meter = new AttemptMeter({
		tell: (use) => told.push(use),
		tokensOf: () => 10,
		prompt: ['hello'],
		maxTokens: 100,
		costOf: () => 0.5,
		limitUsdOf: () => 0.75,
	});
	if (isSent) meter.sent();
	meter.lost(new ModelError('failed', facts));
	expect(told).toHaveLength(1);
	return told[0];
}

describe('a request that was sent', () => {
	test.each<FailureCategory>(['connect', 'rate-limit', 'quota', 'overloaded', 'auth', 'context-overflow', 'timeout'])(
		'counts with all that it allowed when it failed without a status: %s',
		(category) => {
			const usage = { promptTokens: 10, completionTokens: 100, isEstimate: true };
			expect(lostWith({ category })).toEqual({ usage, isReply: false, costUsd: 0.5, limitUsd: 0.75 });
		},
	);

	test.each<ModelErrorFacts>([
		{ category: 'rate-limit', status: 429 },
		{ category: 'overloaded', status: 503 },
		{ category: 'overloaded', status: 529 },
		{ category: 'bad-request', status: 400 },
		{ category: 'quota', wasTurnedAway: true },
	])('does not count when it was turned away: %j', (facts) => {
		expect(lostWith(facts)).toBeUndefined();
	});

	test('does not count when the connection was never made', () => {
		expect(lostWith({ category: 'connect' }, false)).toBeUndefined();
		expect(lostWith({ category: 'tls' }, false)).toBeUndefined();
	});
});
