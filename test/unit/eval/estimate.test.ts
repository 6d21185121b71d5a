import { expect, it } from 'vitest';
import { estimateText } from '../../../src/cli/evalProgress.ts';
import { estimateEvaluation } from '../../../src/eval/run/estimate.ts';
import { generatedTask } from '../../../src/eval/tasks/task.ts';

const tasks = [2, 2048].map((kilobytes) => generatedTask({ kind: 'needle', seed: 1, bytes: kilobytes * 1024 }));

it('an estimate counts calls and what a window takes of the text', () => {
	const direct = estimateEvaluation({ tasks, modes: ['direct'], repeats: 2 }, [{ contextTokens: 8192 }], 60_000);
	expect(direct).toMatchObject({ runs: 4, calls: { least: 4, most: 4 }, isCostPartial: true });
	expect(direct.tokens.least).toBe(2 * (512 + 8192 + 2 * 50));
	expect(direct.minutes.most).toBe(4);
	expect(direct).not.toHaveProperty('costUsd');
	expect(estimateText(direct)).toBe('4 runs · 4 calls · 18k to 19k tokens · 1 to 4 minutes · cost unknown');
});

it('an estimate adds what models with a price cost, and says when others have none', () => {
	const model = { contextTokens: 8192, price: { promptUsd: 1, completionUsd: 10 } };
	const plan = { tasks, modes: ['direct', 'explore'], repeats: 1 };
	const one = estimateEvaluation(plan, [model], 60_000);
	expect(one.isCostPartial).toBe(false);
	expect(one.costUsd).toBeCloseTo((512 + 8192 + 2 * 15 * 8000 + 10 * (2 * 500 + 2 * 15 * 500)) / 1e6);
	const two = estimateEvaluation(plan, [model, { contextTokens: 8192 }], 60_000);
	expect(two).toMatchObject({ runs: 8, costUsd: one.costUsd, isCostPartial: true });
	expect(estimateText(two)).toContain('at most about $0.41 and what models without a price cost');
});
