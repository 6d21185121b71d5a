import { expect, it } from 'vitest';
import { LabelValues, OTHER } from '../../../src/telemetry/labels.ts';

it('keeps the first values of a label, and calls the rest other', () => {
	const values = new LabelValues(2);
	expect(['a', 'b', 'c', 'a', 'd', 'b'].map((value) => values.of(value))).toEqual(['a', 'b', OTHER, 'a', OTHER, 'b']);
});

it('has a name for what is absent, and cuts long ones', () => {
	const values = new LabelValues(2);
	expect(values.of(undefined)).toBe('none');
	expect(values.of('')).toBe('none');
	expect(values.of('x'.repeat(1000))).toHaveLength(120);
});
