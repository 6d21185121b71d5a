import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processScript } from '../../src/assets.ts';
import type { SandboxFactory, SandboxHost } from '../../src/core/ports/sandbox.ts';
import { createProcessSandboxes } from '../../src/sandbox/host/process/processSandboxes.ts';
import { createWorkerSandboxes } from '../../src/sandbox/host/workerSandbox.ts';
import {
	createSandboxes,
	deployment,
	filesOf,
	livingInterpreters,
	runCell,
	ScriptedHost,
	sandboxOptions,
} from '../support/sandboxes.ts';
import { neverAborted } from '../support/signals.ts';

let factory: SandboxFactory;
let livingBefore: number;
beforeEach(() => {
	livingBefore = livingInterpreters();
	factory = createSandboxes();
});
afterEach(() => factory.dispose());

const ownInterpreters = () => livingInterpreters() - livingBefore;

function brokenSandboxes(): SandboxFactory {
	const vaultFolder = join(import.meta.dirname, 'no-such-folder');
	const workerScript = new URL('../../src/sandbox/guest/worker.ts', import.meta.url);
	return deployment === 'process'
		? createProcessSandboxes({ vaultFolder, processScript })
		: createWorkerSandboxes({ vaultFolder, workerScript });
}

/** Long enough for a spare to have been up for a while, and to have rehearsed. */
const idle = () => new Promise((resolve) => setTimeout(resolve, 1000));

describe('spare sandboxes', () => {
	it('are started ahead, and end with the factory', async () => {
		factory.prepare();
		await expect.poll(ownInterpreters).toBe(1);
		await idle();
		expect(ownInterpreters()).toBe(1);
		await factory.dispose();
		expect(ownInterpreters()).toBe(0);
	});

	it('that are still starting end with the factory', async () => {
		factory.prepare();
		await factory.dispose();
		expect(ownInterpreters()).toBe(0);
	});

	it('end with the sandboxes that were made of them', async () => {
		const sandboxes = await Promise.all(
			Array.from({ length: 3 }, () => factory.create(sandboxOptions(), neverAborted)),
		);
		await Promise.all(sandboxes.map((sandbox) => sandbox.dispose()));
		await idle();
		expect(ownInterpreters()).toBe(1);
		await factory.dispose();
		expect(ownInterpreters()).toBe(0);
	});

	it('know nothing but what their session brings', async () => {
		factory.prepare();
		await idle();
		const contexts = [filesOf({ 'a.txt': 'the text' }, 'text')];
		const sandbox = await factory.create(sandboxOptions({ contexts, histories: ['[1]'] }), neverAborted);
		const { stdout } = await runCell(sandbox, 'print(context, history, SHOW_VARS(), "rehearsed" in globals())');
		expect(stdout).toBe('the text [1] (no variables yet) False\n');
	});

	it('are handed out once: what code did in one is unknown to the next', async () => {
		for (let index = 0; index < 3; index++) {
			const sandbox = await factory.create(sandboxOptions(), neverAborted);
			const { stdout } = await runCell(
				sandbox,
				"import os\nprint('mark' in globals(), os.path.exists('mark'))\nmark = 1\nopen('mark', 'w').close()",
			);
			expect(stdout).toBe('False False\n');
			await sandbox.dispose();
			await idle();
		}
	});

	it('have the memory cap of their session, not that of the rehearsal', async () => {
		factory.prepare();
		await idle();
		const sandbox = await factory.create(sandboxOptions({ memoryBytes: 512 << 20 }), neverAborted);
		expect((await runCell(sandbox, 'x = bytearray(400_000_000)')).error).toBeUndefined();
		expect((await runCell(sandbox, 'y = bytearray(200_000_000)')).error?.type).toBe('MemoryError');
	});

	it('take over from a sandbox that was killed, with its variables', async () => {
		const sandbox = await factory.create(sandboxOptions(), neverAborted);
		await runCell(sandbox, 'kept = list(range(1000))');
		await idle();
		const { restart } = await runCell(sandbox, 'import os\nos._exit(1)');
		expect(restart).toMatchObject({ reason: 'crashed', isRestored: true });
		expect((await runCell(sandbox, 'print(sum(kept), "rehearsed" in globals())')).stdout).toBe('499500 False\n');
	});

	it('say what is wrong when the interpreter cannot be started, each time', async () => {
		const broken = brokenSandboxes();
		broken.prepare();
		for (let attempt = 0; attempt < 2; attempt++) {
			await expect(broken.create(sandboxOptions(), neverAborted)).rejects.toMatchObject({
				reason: 'start',
				message: expect.stringContaining('no-such-folder'),
			});
		}
		await broken.dispose();
		expect(ownInterpreters()).toBe(0);
	});
});

describe('child runs', () => {
	/** Answers `rlm_query` with a sandbox of its own, whose cell asks eight children again until the depth is reached. */
	function recursiveHost(depth: number): SandboxHost {
		return new ScriptedHost(async ({ prompt }) => {
			if (depth === 0) return { text: prompt };
			const child = await factory.create(sandboxOptions({ host: recursiveHost(depth - 1) }), neverAborted);
			const { stdout, error } = await runCell(child, askEight(depth - 1), { timeoutMs: 120_000 });
			await child.dispose();
			return { text: error ? error.message : stdout.trim() };
		});
	}

	function askEight(depth: number): string {
		return depth === 0 ? 'print(1)' : 'print(sum(int(r) for r in rlm_query_batched(["count"] * 8)))';
	}

	it('of eight parents that wait for eight children each all come to their end', async () => {
		const root = await factory.create(sandboxOptions({ host: recursiveHost(2) }), neverAborted);
		const { stdout } = await runCell(root, askEight(2), { timeoutMs: 120_000 });
		expect(stdout).toBe('64\n');
		await factory.dispose();
		expect(ownInterpreters()).toBe(0);
	}, 180_000);
});
