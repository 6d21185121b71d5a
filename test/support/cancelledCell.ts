import { expect } from 'vitest';
import { CancelledError } from '../../src/core/errors.ts';
import type { Sandbox } from '../../src/core/ports/sandbox.ts';
import { runCell, type ScriptedHost } from './sandboxes.ts';

/** Cancels a cell that sets `kept` and waits for a model call, and checks that both end. */
export async function cancelWhileItAsks(sandbox: Sandbox, host: ScriptedHost): Promise<void> {
	const controller = new AbortController();
	const cell = runCell(sandbox, "kept = 1\nllm_query('q')", { signal: controller.signal });
	await expect.poll(() => host.queries.length).toBe(1);
	controller.abort();
	await expect(cell).rejects.toBeInstanceOf(CancelledError);
	expect(host.signals[0]?.aborted).toBe(true);
}
