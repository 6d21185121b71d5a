import { describe, expect, it } from 'vitest';
import type { CellResult } from '../../../src/core/ports/sandbox.ts';
import { Repeats } from '../../../src/core/repeats.ts';

function result(fields: Partial<CellResult> = {}): CellResult {
	const nothing = { stdout: '', stderr: '', printedCharacters: 0, notices: [], changed: [], citations: [], spans: [] };
	return { ...nothing, durationMs: 1, ...fields };
}

const failed = (type: string) => result({ error: { type, message: 'no', traceback: '' } });
const changed = result({ changed: [{ name: 'x', type: 'int' }] });

describe('a block that has run before', () => {
	it('does not run again, whatever its white space, and the model is told what it gave', () => {
		const repeats = new Repeats();
		expect(repeats.refusal('print(len(context))')).toBeUndefined();
		repeats.note('print(len(context))', result({ stdout: '529\n' }), 1);
		expect(repeats.refusal('print(len(context))  \n\n')).toMatch(/iteration 1 again.*gave 529/);
		expect(repeats.refusal('print(len(context) + 1)')).toBeUndefined();
	});

	it('may run once more after another block has changed a variable', () => {
		const repeats = new Repeats();
		repeats.note('show(x)', failed('NameError'), 1);
		expect(repeats.refusal('show(x)')).toContain('failed with NameError: no');
		repeats.note('x = 1', changed, 2);
		expect(repeats.refusal('show(x)')).toBeUndefined();
	});

	it('fails at most twice', () => {
		const repeats = new Repeats();
		for (const iteration of [1, 3]) {
			repeats.note('show(x)', failed('NameError'), iteration);
			repeats.note(`x = ${iteration}`, changed, iteration + 1);
		}
		expect(repeats.refusal('show(x)')).toContain('failed with');
		expect(repeats.hasFailed(['show(x)'])).toBe(true);
		expect(repeats.hasFailed(['x = 1'])).toBe(false);
	});

	it('that handed in may do so again once something was looked at', () => {
		const repeats = new Repeats();
		repeats.note("FINAL('4')", result({ final: { text: '4' }, notices: [] }), 1);
		expect(repeats.refusal("FINAL('4')")).toContain('again');
		repeats.note('print(context)', result({ stdout: 'four\n' }), 2);
		expect(repeats.refusal("FINAL('4')")).toBeUndefined();
	});

	it('may run again when the interpreter was restarted, or when it was interrupted', () => {
		const repeats = new Repeats();
		repeats.note('load()', changed, 1);
		const restart = { reason: 'memory', isRestored: false, explanation: 'gone' } as const;
		repeats.note('fill()', result({ restart }), 2);
		expect(repeats.refusal('load()')).toBeUndefined();
		expect(repeats.refusal('fill()')).toBeUndefined();
		repeats.note('wait()', failed('KeyboardInterrupt'), 3);
		expect(repeats.refusal('wait()')).toBeUndefined();
	});

	it('counts as a repetition until a block gives something new', () => {
		const repeats = new Repeats();
		repeats.inRow = 2;
		repeats.note('print(1)', result({ stdout: '1\n' }), 1);
		expect(repeats.inRow).toBe(0);
		expect(repeats.hasUsed('print(')).toBe(true);
	});
});
