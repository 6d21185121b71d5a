// The desktop VS Code is played by a script: what is tested is that its results count and that trouble is never silent.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = path.join(import.meta.dirname, '../..');
let folder: string;

beforeAll(async () => {
	folder = await mkdtemp(path.join(tmpdir(), 'rlm-electron-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** An executable that sends these messages as the suites inside VS Code do, and ends with that code. */
async function editorThatSends(messages: readonly object[], code: number): Promise<string> {
	const file = path.join(folder, `editor-${messages.length}-${code}`);
	const lines = messages.map((message) => `${JSON.stringify(message)}\n`).join('');
	const program = `
		const socket = require('node:net').connect(process.env.RLM_TEST_SOCKET);
		socket.end(${JSON.stringify(lines)});
		socket.on('close', () => process.exit(${code}));`;
	await writeFile(file, `#!${process.execPath}\n${program}`, { mode: 0o755 });
	return file;
}

async function testElectron(env: Readonly<Record<string, string>>, ...args: readonly string[]) {
	const script = path.join(ROOT, 'test/vscode/electron.ts');
	const child = spawn(process.execPath, [script, '--built', '--cache', folder, ...args], {
		cwd: ROOT,
		env: { ...process.env, ...env },
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
	const output = await text(child.stdout);
	return { code: await ended, output, lastLine: output.trimEnd().split('\n').at(-1) };
}

describe.skipIf(process.platform === 'win32')('the suites in a desktop VS Code', () => {
	const passed = { type: 'pass', title: 'a', ms: 1 };

	it('count as they were sent', async () => {
		const editor = await editorThatSends([passed, { type: 'pending', title: 'b' }, { type: 'end' }], 0);
		const { code, lastLine } = await testElectron({ RLM_VSCODE_PATH: editor });
		expect({ code, lastLine }).toEqual({ code: 0, lastLine: '1 passed, 0 failed, 1 skipped' });
	});

	it('fail when one of them does', async () => {
		const editor = await editorThatSends([passed, { type: 'fail', title: 'b', stack: 'why' }, { type: 'end' }], 1);
		const { code, lastLine } = await testElectron({ RLM_VSCODE_PATH: editor });
		expect({ code, lastLine }).toEqual({ code: 1, lastLine: '1 passed, 1 failed, 0 skipped' });
	});

	it.each([0, 1])('fail when the editor ends before they have, with %i', async (exitCode) => {
		const editor = await editorThatSends([passed], exitCode);
		const { code, output, lastLine } = await testElectron({ RLM_VSCODE_PATH: editor });
		expect(output).toContain('VS Code ended before the tests did');
		expect({ code, lastLine }).toEqual({ code: 1, lastLine: '1 passed, 1 failed, 0 skipped' });
	});

	it('fail with one sentence when VS Code cannot be brought', async () => {
		// A proxy that nobody is: the way to the download is cut on every machine.
		const proxy = 'http://127.0.0.1:9';
		const env = { RLM_VSCODE_PATH: '', HTTPS_PROXY: proxy, https_proxy: proxy, npm_config_https_proxy: proxy };
		const { code, output, lastLine } = await testElectron(env, 'floor');
		const trouble = output.split('\n').filter((line) => line.startsWith('host trouble'));
		expect(trouble).toHaveLength(1);
		expect(trouble[0]).toMatch(/could not be downloaded from \S+ \(.+\): run this where .* RLM_VSCODE_PATH\.$/);
		expect({ code, lastLine }).toEqual({ code: 1, lastLine: '0 passed, 1 failed, 0 skipped' });
	});
});
