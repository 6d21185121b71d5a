import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { processScript, vaultFolder } from '../../src/assets.ts';
import type { SandboxFactory } from '../../src/core/ports/sandbox.ts';
import { readImage } from '../../src/sandbox/guest/memoryImage.ts';
import { Vault } from '../../src/sandbox/guest/vault.ts';
import { describeIsolation } from '../../src/sandbox/host/isolationReport.ts';
import { findLaunch, type LaunchOptions } from '../../src/sandbox/host/process/launch.ts';
import { createProcessSandboxes } from '../../src/sandbox/host/process/processSandboxes.ts';
import { loadVaultFolder } from '../../src/sandbox/shared/vaultFolder.ts';
import { block, engineOver, isRootCall, observe } from '../support/runs.ts';
import { DEPLOYMENTS, runCell, sandboxOptions } from '../support/sandboxes.ts';
import { startScriptedServer } from '../support/scriptedServer.ts';
import { neverAborted } from '../support/signals.ts';

const fixtures = join(import.meta.dirname, '../fixtures');

/** Whether this machine lets us make namespaces; where it does not, the level must say so. */
const hasNamespaces =
	process.platform === 'linux' && spawnSync('unshare', ['-r', '-n', '-p', '-f', '--kill-child', 'true']).status === 0;
const namespaces = hasNamespaces ? ['namespaces'] : [];

let factory: SandboxFactory | undefined;
afterEach(() => factory?.dispose());

async function isolationOf(made: SandboxFactory) {
	factory = made;
	const sandbox = await factory.create(sandboxOptions(), neverAborted);
	return sandbox.isolation;
}

describe('the level', () => {
	it('of a worker is the firewall and the realm', async () => {
		expect(await isolationOf(DEPLOYMENTS.worker(() => {}))).toEqual(['imports', 'realm']);
	});

	it('of a process is all that the platform has', async () => {
		const expected = ['imports', 'realm', 'permissions', ...namespaces];
		expect(await isolationOf(DEPLOYMENTS.process(() => {}))).toEqual(expected);
	});

	it.each([['permissions'], ['namespaces']] as const)('tells when a process has no %s', async (layer) => {
		const logged: string[] = [];
		const log = (message: string) => logged.push(message);
		const level = await isolationOf(createProcessSandboxes({ processScript, vaultFolder, without: [layer], log }));
		expect(level).not.toContain(layer);
		expect(logged).toContainEqual(expect.stringMatching(`runs without .*${layer}`));
	});
});

describe('the report of an engine', () => {
	async function reportOf(sandbox: object) {
		const engine = engineOver([{ id: 'builtin', kind: 'builtin' }], { sandbox });
		try {
			return await engine.isolation(neverAborted);
		} finally {
			await engine.dispose();
		}
	}

	it('has the layers of a process, and says why one is missing', async () => {
		const report = await reportOf({ isolation: 'process' });
		expect(report).toMatchObject({ deployment: 'process', layers: ['imports', 'realm', 'permissions', ...namespaces] });
		expect(report.missing.map(({ layer }) => layer)).toEqual(hasNamespaces ? [] : ['namespaces']);
	});

	it('says what is wrong when no sandbox starts', async () => {
		const report = await reportOf({ isolation: 'remote', url: 'http://127.0.0.1:9' });
		expect(report).toMatchObject({ deployment: 'remote', layers: [], missing: [] });
		expect(describeIsolation(report)).toMatch(/^remote: does not start: The sandbox server at http:\/\/127\.0\.0\.1:9/);
	});
});

it('is chosen by the settings of the engine', async () => {
	const workers: number[] = [];
	const model = await startScriptedServer({
		kind: 'openai',
		script: (request) => {
			workers.push((process.report.getReport() as { workers: unknown[] }).workers.length);
			return { text: isRootCall(request) ? block('FINAL(llm_query("What?"))') : 'from a process' };
		},
	});
	const engine = engineOver([model.settings('gpu', { models: ['scripted-model'] })], {
		sandbox: { isolation: 'process' },
	});
	try {
		const run = await observe(engine);
		expect((await run.ended).answer).toBe('from a process');
		expect(workers).toEqual([0, 0]);
	} finally {
		await engine.dispose();
		await model.stop();
	}
});

describe('the guide to imports (L0)', () => {
	it('says in a sentence what to do instead', async () => {
		factory = DEPLOYMENTS.worker(() => {});
		const sandbox = await factory.create(sandboxOptions(), neverAborted);
		expect((await runCell(sandbox, 'import js')).error?.message).toContain('without a JavaScript host');
	});
});

describe.each(Object.keys(DEPLOYMENTS) as (keyof typeof DEPLOYMENTS)[])('the firewall (L1) of the %s', (name) => {
	it.each([
		[
			'Python to JavaScript',
			"import sys\nsys.meta_path[:] = [f for f in sys.meta_path if type(f).__name__ != '_Guide']\nimport _pyodide_core",
		],
		[
			'dynamic linking',
			"import _imp, importlib.machinery as m\nopen('x.so', 'wb').write(bytes(99))\n_imp.create_dynamic(m.ModuleSpec('x', None, origin='x.so'))",
		],
	])('ends a sandbox that calls a function for %s', async (_what, code) => {
		factory = DEPLOYMENTS[name](() => {});
		const sandbox = await factory.create(sandboxOptions(), neverAborted);
		const result = await runCell(sandbox, code);
		expect(result.restart?.reason).toBe('violation');
		expect((await runCell(sandbox, 'print(6 * 7)')).stdout).toBe('42\n');
	});
});

describe('the realm (L2)', () => {
	/** Boots a vault whose realm script is wrapped in more code, as a flaw in ours would run it. */
	async function boot(wrap: (realm: string) => string): Promise<string[]> {
		const files = await loadVaultFolder(vaultFolder);
		const said: string[] = [];
		const port = {
			write: () => 0,
			read: () => 0,
			takeSignal: () => 0,
			violation: (what: string) => said.push(what),
			diagnose: (text: string) => said.push(text),
		};
		const assets = { ...files, stdlib: new Uint8Array(files.stdlib), realm: wrap(files.realm) };
		await Vault.open(assets, { memoryBytes: 256 << 20 }, port, [readImage(files.snapshot)]);
		return said;
	}

	const afterBoot = (code: string) => (realm: string) =>
		`const bootRealm = ${realm.replace(/^"use strict";/, '(() => {').replace(/realm\.bootRealm\s*;?\s*$/, 'return realm.bootRealm;})()')};
		(async (gate, settings, assets) => { const control = await bootRealm(gate, settings, assets); ${code}; return control; })`;

	it('has the names of the language and a few of its own', async () => {
		const [names = ''] = await boot(
			afterBoot(
				'gate.diagnose(Object.getOwnPropertyNames(globalThis).filter((name) => /^[a-z]/.test(name)).join(" "))',
			),
		);
		expect(names.split(' ').sort().join(' ')).toMatchInlineSnapshot(
			`"clearTimeout console decodeURI decodeURIComponent encodeURI encodeURIComponent escape globalThis isFinite isNaN parseFloat parseInt performance setTimeout undefined unescape"`,
		);
	});

	it('makes no code from strings', async () => {
		const code =
			'try { (() => {}).constructor("return 1")(); gate.diagnose("ran") } catch (error) { gate.diagnose(error.name) }';
		expect(await boot(afterBoot(code))).toEqual(['EvalError']);
	});

	it.each(['globalThis.process = {}', 'globalThis.Function = (() => {}).constructor'])(
		'refuses to start when it is not bare: %s',
		async (code) => {
			await expect(boot(afterBoot(code))).rejects.toThrow(/the realm contains forbidden names/);
		},
	);

	it('refuses to start when an import is open', async () => {
		const open = (realm: string) => realm.replace('env: {}', 'env: {}').replaceAll('"__syscall_umask_js",', '');
		// An allow list that lost a name makes it a stub; one that the firewall forgot is found by the self-test.
		await expect(
			boot((realm) => open(realm).replace('kept.has(name) ||', 'kept.has(name) || name === "_emscripten_system" ||')),
		).rejects.toThrow(/leaves open: _emscripten_system/);
	});
});

describe('native code in the process', () => {
	let server: Server;
	let folder: string;
	beforeAll(async () => {
		folder = mkdtempSync(join(tmpdir(), 'rlm-isolation-'));
		writeFileSync(join(folder, 'secret'), 'secret');
		server = createServer((socket) => socket.destroy());
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	});
	afterAll(() => {
		server.close();
		rmSync(folder, { recursive: true });
	});

	/** What an attacker who runs his own script in place of ours can do. */
	async function attack(options: Pick<LaunchOptions, 'without'>): Promise<string[]> {
		const launch = await findLaunch({ processScript: join(fixtures, 'nativeAttack.mjs'), vaultFolder, ...options });
		const child = spawn(launch.command, launch.arguments, {
			env: launch.environment,
			cwd: '/',
			stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
		});
		const channel = child.stdio[3] as Socket;
		const { port } = server.address() as { port: number };
		const proof = join(folder, 'proof');
		channel.write(JSON.stringify({ secret: join(folder, 'secret'), proof, port, pid: process.pid }));
		let report = '';
		for await (const chunk of channel) report += chunk;
		return JSON.parse(report) as string[];
	}

	it('can do nothing where the platform has all layers (L3, L4)', async () => {
		expect(await attack({})).toEqual(hasNamespaces ? [] : ['signals the host', 'connects']);
		expect(existsSync(join(folder, 'proof'))).toBe(false);
	});

	it('reads, writes and starts programs without the permissions (L3)', async () => {
		const expected = ['reads a file', 'writes a file', 'starts a program', 'starts a thread'];
		expect(await attack({ without: ['permissions'] })).toEqual(expect.arrayContaining(expected));
		expect(readFileSync(join(folder, 'proof'), 'utf8')).toBe('x');
	});

	it('connects and finds the host without the namespaces (L4)', async () => {
		expect(await attack({ without: ['namespaces'] })).toEqual(['signals the host', 'connects']);
	});

	it('finds nothing of Node in the global objects once the interpreter is up', () => {
		const script = `
			const { removeNode } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/sandbox/guest/process/lockdown.ts'))});
			const { writeSync } = await import('node:fs');
			removeNode();
			const names = ['fetch', 'WebSocket', 'WebAssembly', 'eval', 'Function', 'require', 'setTimeout', 'queueMicrotask'];
			const powers = ['kill', 'binding', '_linkedBinding', 'getBuiltinModule', 'dlopen', 'env', 'report', 'mainModule', 'chdir'];
			writeSync(1, JSON.stringify([...names.filter((name) => name in globalThis), ...powers.filter((name) => name in process)]));
		`;
		const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
		expect(stdout).toBe('[]');
	});
});

describe('the death of the host', () => {
	/** All processes below one. */
	function descendants(pid: number): number[] {
		const table = spawnSync('ps', ['-axo', 'pid=,ppid='], { encoding: 'utf8' }).stdout;
		const rows = table
			.trim()
			.split('\n')
			.map((line) => line.trim().split(/\s+/).map(Number));
		const children = rows.filter(([, parent]) => parent === pid).map(([child = 0]) => child);
		return children.flatMap((child) => [child, ...descendants(child)]);
	}

	function isAlive(pid: number): boolean {
		try {
			process.kill(pid, 0);
			return true;
		} catch {
			return false;
		}
	}

	const loops = ['while True: pass', 'import time\ntime.sleep(600)', "llm_query('waits for its answer')"];

	// Only Linux can end a process that looks at nothing.
	it.each(process.platform === 'linux' ? [...loops, 'sum(range(10**13))'] : loops)(
		'ends its processes: %s',
		async (code) => {
			const host = spawn(process.execPath, [join(fixtures, 'sandboxHost.ts'), code], {
				stdio: ['ignore', 'pipe', 'inherit'],
			});
			await once(host.stdout, 'data');
			const processes = descendants(host.pid ?? 0);
			expect(processes.length).toBeGreaterThan(0);
			host.kill('SIGKILL');
			while (processes.some(isAlive)) await sleep(20);
		},
	);
});
