import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EscapeAttempt, EscapeRunner } from '../support/escapes.ts';
import { startTestServer, type TestServer } from '../support/remoteSandboxes.ts';

let server: TestServer;
let runner: EscapeRunner;
beforeAll(async () => {
	server = await startTestServer();
	runner = new EscapeRunner(server.client());
});
afterAll(async () => {
	await runner.dispose();
	await server.stop();
});

const file = join(import.meta.dirname, '../fixtures/escapes.json');
const attempts: EscapeAttempt[] = JSON.parse(readFileSync(file, 'utf8'));

// The server shares this process, so that a proof of an escape on either side is seen.
describe.each([false, true])('on a sandbox server, with our import guide removed: %s', (withoutGuide) => {
	it.each(attempts)('$id is blocked: $route', async (attempt) => {
		const outcome = await runner.run(attempt, { withoutGuide, timeoutMs: 1000, memoryBytes: 256 << 20 });
		expect(outcome).toMatchObject({ isBlocked: true, problem: '' });
	});
});
