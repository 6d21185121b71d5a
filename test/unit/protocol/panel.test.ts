import * as v from 'valibot';
import { expect, it } from 'vitest';
import { fromPanelSchema } from '../../../src/protocol/panel.ts';

const isValid = (message: unknown) => v.is(fromPanelSchema, message);

it('what the panel sends is understood', () => {
	expect(isValid({ type: 'ready' })).toBe(true);
	expect(isValid({ type: 'act', action: 'cancel', runId: 'a' })).toBe(true);
	expect(isValid({ type: 'open-place', runId: 'a', path: 'src/a.ts', startLine: 1, endLine: 2 })).toBe(true);
	expect(isValid({ type: 'search', request: 1, runId: 'a', text: 'x' })).toBe(true);
});

it('anything else is refused: unknown kinds and actions, wrong types, texts without end', () => {
	for (const message of [
		undefined,
		'ready',
		{ type: 'evaluate', code: '1' },
		{ type: 'act', action: 'delete-everything', runId: 'a' },
		{ type: 'act', action: 'cancel', runId: '' },
		{ type: 'open-place', runId: 'a', path: 'a', startLine: 0, endLine: 1 },
		{ type: 'open-place', runId: 'a', path: 'a', startLine: Number.NaN, endLine: 1 },
		{ type: 'search', request: -1, runId: 'a', text: 'x' },
		{ type: 'search', request: 1, runId: 'a', text: 'x'.repeat(1001) },
		{ type: 'texts', request: 1, runId: 'a', nodeId: 'x'.repeat(201) },
		{ type: 'query', action: 'workbench.action.quit' },
	]) {
		expect(isValid(message), JSON.stringify(message)).toBe(false);
	}
});
