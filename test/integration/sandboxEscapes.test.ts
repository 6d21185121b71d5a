import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type EscapeAttempt, EscapeRunner } from '../support/escapes.ts';
import { createSandboxes } from '../support/sandboxes.ts';

const factory = createSandboxes();
const runner = new EscapeRunner(factory);
afterAll(async () => {
	await runner.dispose();
	await factory.dispose();
});

const file = join(import.meta.dirname, '../fixtures/escapes.json');
const attempts: EscapeAttempt[] = JSON.parse(readFileSync(file, 'utf8'));

describe.each([false, true])('with our import guide removed: %s', (withoutGuide) => {
	it.each(attempts)('$id is blocked: $route', async (attempt) => {
		const outcome = await runner.run(attempt, { withoutGuide, timeoutMs: 1000, memoryBytes: 256 << 20 });
		expect(outcome).toMatchObject({ isBlocked: true, problem: '' });
	});
});

it.each<EscapeAttempt['proof']>([
	{ type: 'stdout', contains: '{{CANARY_B}}' },
	{ type: 'hostmsg', contains: '{{CANARY_B}}' },
	{ type: 'any', of: [{ type: 'hostcrash' }, { type: 'stdout', contains: '{{CANARY_B}}' }] },
])('an attempt that leaves its proof counts as an escape: %j', async (proof) => {
	const code = "print('{{CANARY_B}}', llm_query('{{CANARY_B}}'))";
	const attempt: EscapeAttempt = { id: 'success', route: 'none', severity: 'realm', code, proof };
	const outcome = await runner.run(attempt, { withoutGuide: false, timeoutMs: 1000, memoryBytes: 256 << 20 });
	expect(outcome.isBlocked).toBe(false);
});
