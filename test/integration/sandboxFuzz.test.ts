import { describe, expect, it } from 'vitest';
import { fuzz } from '../escapes/fuzzer.ts';
import { Dice, hostileCell } from '../escapes/grammar.ts';
import { createSandboxes } from '../support/sandboxes.ts';

const targets = { proofPath: '/nowhere/proof', port: 1, pid: 1 };

describe('random hostile cells', () => {
	it('are the same for the same seed', () => {
		const cells = (seed: number) =>
			Array.from({ length: 20 }, (_, index) => hostileCell(new Dice(seed + index), targets));
		expect(cells(7)).toEqual(cells(7));
		expect(cells(7)).not.toEqual(cells(8));
	});

	it('neither escape nor hang, and leave nothing behind', { timeout: 240_000 }, async () => {
		const { findings, leaked, cells } = await fuzz(createSandboxes(), 20_260_000, 500);
		expect(findings).toEqual([]);
		expect(leaked).toBe(0);
		expect(cells).toBe(500);
	});
});
