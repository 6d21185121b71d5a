// A whole run over a sandbox server in a process of its own: the real command line, the real loop, a scripted model.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { processScript, vaultFolder, workerScript } from '../../src/assets.ts';
import { createEngine } from '../../src/engine.ts';
import { parseSettings } from '../../src/settings/settings.ts';
import { startRecordingProxy, TOKEN } from '../support/remoteSandboxes.ts';
import { rlm } from '../support/rlm.ts';
import { block, isRootCall, observe, turnOf } from '../support/runs.ts';
import { startScriptedServer } from '../support/scriptedServer.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const MODEL_KEY = 'sk-the-key-of-the-model';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
	for (const clean of cleanups.splice(0).reverse()) await clean();
});

interface ServerProcess {
	readonly child: ChildProcess;
	readonly url: string;
	readonly exited: Promise<number | null>;
	printed(): string;
}

/** `rlm sandbox-server` as a user starts it. */
async function startServerProcess(args: readonly string[] = []): Promise<ServerProcess> {
	const child = spawn(process.execPath, [MAIN, 'sandbox-server', '--port', '0', '--token-env', 'BOX_TOKEN', ...args], {
		env: { BOX_TOKEN: TOKEN, NODE_NO_WARNINGS: '1' },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	cleanups.push(() => child.kill('SIGKILL'));
	let printed = '';
	const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
	const url = await new Promise<string>((resolve, reject) => {
		const read = (text: string) => {
			printed += text;
			const [, found] = /sandbox server on (\S+)/.exec(printed) ?? [];
			if (found !== undefined) resolve(found);
		};
		child.stdout?.setEncoding('utf8').on('data', read);
		child.stderr?.setEncoding('utf8').on('data', read);
		void exited.then((code) => reject(new Error(`the server ended with ${code}: ${printed}`)));
	});
	return { child, url, exited, printed: () => printed };
}

async function scriptedModel() {
	const model = await startScriptedServer({
		kind: 'openai',
		script: (request) => {
			if (!isRootCall(request)) return { text: 'it is Greek' };
			return turnOf(request) === 0
				? { text: block('reply = llm_query("Which alphabet? " + context)\nprint(reply)') }
				: { text: block('cite("notes.txt", 2)\nFINAL(f"{reply}")') };
		},
	});
	cleanups.push(() => model.stop());
	return model;
}

describe('a run over a sandbox server', () => {
	it('answers as any other, and the server sees the text and no key', async () => {
		const [server, model] = [await startServerProcess(), await scriptedModel()];
		const proxy = await startRecordingProxy(server.url);
		cleanups.push(() => proxy.stop());
		const settings = parseSettings(
			{
				servers: [model.settings('gpu', { models: ['scripted-model'], apiKeyEnv: 'MODEL_KEY' })],
				sandbox: { isolation: 'remote', url: proxy.url, tokenEnv: 'RLM_TEST_BOX_TOKEN' },
				mode: 'explore',
			},
			'test',
		);
		process.env.RLM_TEST_BOX_TOKEN = TOKEN;
		cleanups.push(() => delete process.env.RLM_TEST_BOX_TOKEN);
		const engine = createEngine({
			settings,
			apiKey: async () => MODEL_KEY,
			vaultFolder,
			workerScript,
			processScript,
		});
		cleanups.push(() => engine.dispose());
		const run = await observe(engine);
		expect(await run.ended).toMatchObject({ outcome: 'answered', answer: 'it is Greek', iterations: 2 });
		expect((await run.handle.result).citations).toMatchObject([{ path: 'notes.txt', startLine: 2, quote: 'beta' }]);
		expect(model.requests.every(({ headers }) => headers.authorization === `Bearer ${MODEL_KEY}`)).toBe(true);
		const sent = proxy.sent().toString('latin1');
		expect(sent).toContain('alpha');
		expect(sent).toContain('llm_query(');
		for (const secret of [MODEL_KEY, 'MODEL_KEY', model.url, new URL(model.url).port]) {
			expect(sent).not.toContain(secret);
		}
	});

	it('can be asked for on the command line, and ends with a sentence when the server has gone', async () => {
		const [server, model] = [await startServerProcess(), await scriptedModel()];
		const folder = mkdtempSync(path.join(tmpdir(), 'rlm-remote-'));
		cleanups.push(() => rmSync(folder, { recursive: true }));
		writeFileSync(path.join(folder, 'notes.txt'), 'alpha\nbeta\ngamma\n');
		const sandbox = { isolation: 'remote', url: server.url, tokenEnv: 'BOX_TOKEN' };
		const servers = [model.settings('gpu', { models: ['scripted-model'] })];
		writeFileSync(path.join(folder, 'rlm.config.json'), JSON.stringify({ servers, sandbox }));
		const args = ['query', 'What is there?', '--context', 'notes.txt', '--trust-config'];
		const answered = await rlm(args, { cwd: folder, env: { BOX_TOKEN: TOKEN } });
		expect(answered).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('it is Greek') });

		const without = await rlm(args, { cwd: folder });
		expect(without.exitCode).not.toBe(0);
		expect(without.stderr).toContain('the environment variable BOX_TOKEN is not set');

		server.child.kill('SIGTERM');
		expect(await server.exited).toBe(0);
		expect(server.printed()).not.toContain(TOKEN);
		const gone = await rlm(args, { cwd: folder, env: { BOX_TOKEN: TOKEN } });
		expect(gone.exitCode).toBe(5);
		expect(gone.stderr).toContain(`The sandbox server at ${server.url} cannot be reached`);
		expect(gone.stderr).toContain('Start it with rlm sandbox-server, or correct sandbox.url.');
	});
});

describe('the command', () => {
	it('refuses to listen to others without a token, and short tokens', async () => {
		const open = await rlm(['sandbox-server', '--host', '0.0.0.0', '--port', '0'], { cwd: tmpdir() });
		expect(open).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('without a token') });
		const args = ['sandbox-server', '--port', '0', '--token-env', 'BOX_TOKEN'];
		const missing = await rlm(args, { cwd: tmpdir() });
		expect(missing).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('BOX_TOKEN is not set') });
		const short = await rlm(args, { cwd: tmpdir(), env: { BOX_TOKEN: 'abc' } });
		expect(short).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('shorter than 16') });
		expect(short.stderr).not.toContain('abc');
	});
});

describe('the settings', () => {
	it('name what is wrong with a sandbox', () => {
		const parse = (sandbox: object) => () => parseSettings({ servers: [], sandbox }, 'test');
		expect(parse({ isolation: 'remote' })).toThrow('sandbox.url: is missing');
		expect(parse({ isolation: 'remote', url: 'box' })).toThrow('sandbox.url: must be an http');
		expect(parse({ isolation: 'remote', url: 'http://box', token: 'x' })).toThrow('sandbox.token: unknown field');
	});
});
