// rlm serve as a process, and every example of its documentation.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { block } from '../support/runs.ts';
import { startScriptedServer } from '../support/scriptedServer.ts';
import { type ServeProcess, startServe } from '../support/serve.ts';

const NOTES = 'The harbour was built in 1894.\nIts lighthouse has 212 steps.\nThe keeper was Ada Brandt.\n';
const TOKEN = 'a-token-of-the-right-length';

let folder: string;
let running: ServeProcess | undefined;

beforeAll(async () => {
	folder = await mkdtemp(path.join(tmpdir(), 'rlm-serve-'));
	await mkdir(path.join(folder, 'town'));
	await writeFile(path.join(folder, 'town', 'harbour.md'), NOTES);
	const config = { servers: [{ id: 'builtin', kind: 'builtin' }] };
	await writeFile(path.join(folder, 'rlm.config.json'), JSON.stringify(config));
});

afterEach(async () => {
	await running?.end('SIGTERM');
	running = undefined;
});

afterAll(() => rm(folder, { recursive: true }));

async function serve(args: readonly string[], env: Record<string, string> = {}): Promise<ServeProcess> {
	running = await startServe(['--trust-config', ...args], { cwd: folder, env });
	return running;
}

const askFor = (service: ServeProcess, body: object, headers = {}) =>
	fetch(`${service.url}/query`, {
		method: 'POST',
		headers: { 'content-type': 'application/json', ...headers },
		body: JSON.stringify(body),
	});

it('serves until it is asked to end, and exits with 0', async () => {
	const service = await serve(['--allow-files', 'town', '--journal', 'runs']);
	const question = { query: 'Who was the keeper?', contexts: [{ paths: ['harbour.md'] }] };
	const report = (await (await askFor(service, question)).json()) as { answer: string; journal: string };
	expect(report.answer).toContain('Ada Brandt');
	expect(await readdir(path.join(folder, 'runs'))).toEqual([path.basename(report.journal)]);
	expect(await service.end('SIGTERM')).toBe(0);
	const lines = service.stderr().trimEnd().split('\n');
	expect(lines.map((line) => line.replace(/^\S+Z (\w+) +(\w+(?: \w+)?).*/, '$1 $2'))).toEqual([
		'info configuration',
		'info run ends',
		'info request method',
		'info ending',
	]);
	for (const secret of ['keeper', 'Ada', 'harbour.md']) expect(service.stderr()).not.toContain(secret);
});

it('cancels a run when it ends, tells the client, and closes the connection to the model', async () => {
	const model = await startScriptedServer({ kind: 'openai', script: () => ({ text: 'late', delayMs: 60_000 }) });
	const config = { servers: [model.settings('gpu', { models: ['scripted-model'] })] };
	await writeFile(path.join(folder, 'model.json'), JSON.stringify(config));
	const service = await serve(['--config', 'model.json']);
	const answer = askFor(service, { query: 'q', contexts: [{ text: 'x' }] });
	await model.requested(1);
	expect(await service.end('SIGINT')).toBe(0);
	expect(await (await answer).json()).toMatchObject({ outcome: 'cancelled' });
	await model.clientClosed(1);
	await model.stop();
});

it('takes its token from the environment, and code of models cannot see it there', async () => {
	const model = await startScriptedServer({
		kind: 'openai',
		script: () => ({ text: block('import os\nFINAL(str(dict(os.environ)))') }),
	});
	const config = { servers: [model.settings('gpu')] };
	await writeFile(path.join(folder, 'model.json'), JSON.stringify(config));
	const service = await serve(['--config', 'model.json', '--token-env', 'TOKEN'], { TOKEN });
	const question = { query: 'q', contexts: [{ text: 'x' }] };
	expect((await askFor(service, question)).status).toBe(401);
	const answer = await askFor(service, question, { authorization: `Bearer ${TOKEN}` });
	expect(answer.status).toBe(200);
	expect(await answer.text()).not.toContain(TOKEN);
	expect(service.stderr()).not.toContain(TOKEN);
	await model.stop();
});

it.each([
	[['--host', '0.0.0.0'], {}, /without a token the service listens on loopback only/],
	[['--token-env', 'TOKEN'], {}, /TOKEN is not set/],
	[['--token-env', 'TOKEN'], { TOKEN: 'short' }, /shorter than 16 characters/],
	[['--allow-files', 'nowhere'], {}, /--allow-files nowhere is not a folder/],
	[['--config', 'nowhere.json'], {}, /nowhere\.json/],
])('does not start with %j and %j', async (args, env, message) => {
	await expect(serve(args, env as Record<string, string>)).rejects.toThrow(message);
	await expect(serve(args, env as Record<string, string>)).rejects.toThrow(/ended with 2/);
});

it('does what its documentation shows', async () => {
	const document = await readFile(new URL('../../docs/http-api.md', import.meta.url), 'utf8');
	const blocks = [...document.matchAll(/^```(sh|json|text)\n(.*?)^```$/gms)];
	const examples = blocks.flatMap(([, language, code = ''], index) => {
		const next = blocks[index + 1];
		const expected = next === undefined || next[1] === 'sh' ? undefined : { type: next[1], text: next[2] ?? '' };
		return language === 'sh' ? [{ code, expected }] : [];
	});
	expect(examples.length).toBeGreaterThan(8);
	const service = await serve(['--allow-files', '.', '--journal', 'documented']);
	const mark = '=====next=====';
	const script = ['set -eu', ...examples.map(({ code }) => `${code}\nprintf '\\n${mark}\\n'`)].join('\n');
	const { stdout } = await promisify(execFile)('bash', ['-c', script], {
		cwd: folder,
		env: { ...process.env, RLM: service.url },
	});
	const printed = stdout.split(`\n${mark}\n`);
	for (const [index, { code, expected }] of examples.entries()) {
		const output = printed[index] ?? '';
		if (expected?.type === 'json') expect(JSON.parse(output), code).toMatchObject(pattern(JSON.parse(expected.text)));
		else expect(output.trim(), code).toMatch(textPattern(expected?.text.trim() ?? ''));
	}
});

/** `"…"` in a documented object stands for anything. */
function pattern(documented: unknown): object {
	return JSON.parse(JSON.stringify(documented), (_key, value: unknown) => (value === '…' ? expect.anything() : value));
}

/** `…` in documented output stands for anything. */
function textPattern(documented: string): RegExp {
	const escaped = documented.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
	return new RegExp(`^${escaped.join('.*')}$`);
}
