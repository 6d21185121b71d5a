import { expect, test } from 'vitest';
import { decodeCallForm, encodeCallForm } from '../../../src/protocol/callForm.ts';
import { FrameError } from '../../../src/protocol/frameError.ts';

const decoded = (value: unknown) => decodeCallForm(Buffer.from(JSON.stringify(value)));

test.each([
	{ schema: { type: 'array', items: { minimum: 1 } } },
	{ choices: ['a', ''] },
	{ choices: ['a'], repair: { reply: 'b', problem: 'It is not there.', count: 2 } },
])('a form is what it was: %j', (form) => {
	const query = { kind: 'llm' as const, prompt: 'p', spans: [], ...form };
	expect(decodeCallForm(Buffer.from(encodeCallForm(query)))).toEqual(form);
});

test('fields that nobody knows do not get through', () => {
	expect(decoded({ choices: ['a'], prompt: 'another', kind: 'rlm' })).toEqual({ choices: ['a'] });
});

test.each<[string, unknown]>([
	['a list as schema', { schema: [] }],
	['null as schema', { schema: null }],
	['a text as choices', { choices: 'ab' }],
	['numbers as choices', { choices: [1] }],
	['choices without end', { choices: Array.from({ length: 10_001 }, () => 'a') }],
	['a third repair', { repair: { reply: '', problem: '', count: 3 } }],
	['a repair before the first', { repair: { reply: '', problem: '', count: 0 } }],
	['a repair in part', { repair: { reply: '', count: 1 } }],
	['a text', 'choices'],
])('%s is refused', (_, form) => {
	expect(() => decoded(form)).toThrow(FrameError);
});

test('what is not JSON, or nested without end, is refused', () => {
	expect(() => decodeCallForm(Buffer.from('{'))).toThrow(FrameError);
	expect(() => decodeCallForm(Buffer.from(`{"schema":${'{"not":'.repeat(600)}{}${'}'.repeat(601)}`))).toThrow(
		FrameError,
	);
});
