import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import {
	CancelledError,
	codeOf,
	explain,
	ModelError,
	NoServerError,
	reasonOf,
	traceOf,
} from '../../../src/core/errors.ts';

const missing = await readFile(`${import.meta.filename}.missing`).catch((error: unknown) => error);

it('gives the message, the code and the stack of an error', () => {
	expect(reasonOf(missing)).toMatch(/^ENOENT: no such file or directory/);
	expect(codeOf(missing)).toBe('ENOENT');
	expect(codeOf(new CancelledError())).toBe('cancelled');
	expect(traceOf(new CancelledError())).toContain('errors.test.ts');
});

it('makes a text of whatever else was thrown, which has no code', () => {
	for (const thrown of ['no', 7, undefined, { code: 'ENOENT' }]) {
		expect(reasonOf(thrown)).toBe(String(thrown));
		expect(traceOf(thrown)).toBe(String(thrown));
		expect(codeOf(thrown)).toBeUndefined();
	}
	expect(codeOf(Object.assign(new Error('no'), { code: 7 }))).toBeUndefined();
});

it('offers the built-in engine where no server can be reached, and nowhere else', () => {
	const failure = (category: 'connect' | 'auth') => new ModelError('no', { category });
	expect(explain(failure('connect'))).toMatchObject({ hint: expect.stringContaining('built-in engine') });
	expect(explain(failure('connect')).actions).toContain('use-builtin');
	expect(explain(new NoServerError('none', [failure('connect')])).actions).toContain('use-builtin');
	expect(explain(failure('auth')).actions).not.toContain('use-builtin');
});
