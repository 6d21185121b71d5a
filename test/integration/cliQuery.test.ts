import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/cli/report.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { present } from '../../src/core/present.ts';
import { printable } from '../../src/core/printable.ts';
import { type CommandOptions, rlm } from '../support/rlm.ts';
import { block, isRootCall, turnOf } from '../support/runs.ts';
import { type ScriptedServer, type ScriptedServerOptions, startScriptedServer } from '../support/scriptedServer.ts';

const BUILTIN = ['--provider', 'builtin'];
const NOTES = 'The harbour was built in 1894.\nIts lighthouse has 212 steps.\nThe keeper was Ada Brandt.\n';

let folder: string;
let server: ScriptedServer | undefined;

beforeAll(async () => {
	folder = await mkdtemp(path.join(tmpdir(), 'rlm-query-'));
	await mkdir(path.join(folder, 'town'));
	await writeFile(path.join(folder, 'town', 'harbour.md'), NOTES);
	await writeFile(path.join(folder, 'town', 'market.md'), 'The market is on Friday.\n'.repeat(50));
});

afterEach(async () => {
	await server?.stop();
	server = undefined;
});

afterAll(async () => {
	await rm(folder, { recursive: true });
});

function query(args: readonly string[], options: Partial<CommandOptions> = {}) {
	return rlm(['query', ...args], { cwd: folder, ...options });
}

/** Starts a server that plays the script, and gives the options that make it the only one. */
async function scripted(script: ScriptedServerOptions['script'], apiKey?: string): Promise<string[]> {
	server = await startScriptedServer(present({ kind: 'openai', script, apiKey }));
	return ['--server', server.url, '--model', 'scripted-model'];
}

function eventsOf(stdout: string): RunEvent[] {
	return stdout
		.trimEnd()
		.split('\n')
		.map((line) => JSON.parse(line) as RunEvent);
}

describe('rlm query with the built-in engine', () => {
	it('answers a question about a folder on stdout, and says the rest on stderr', async () => {
		const { exitCode, stdout, stderr } = await query([
			'How many steps does the lighthouse have?',
			'--context',
			'town',
			...BUILTIN,
		]);
		expect({ exitCode, stderr }).toEqual({
			exitCode: 0,
			stderr: expect.stringMatching(/answered · explore · \d+ iterations? · /),
		});
		expect(stdout).toContain('212');
		expect(stderr).toContain('done: iteration 1');
		expect(stderr).toMatch(/harbour\.md:2\b/);
	});

	it('answers a question about piped text, and prints nothing else when quiet', async () => {
		const { exitCode, stdout, stderr } = await query(['Who was the keeper?', '--quiet', ...BUILTIN], { stdin: NOTES });
		expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
		expect(stdout).toContain('Ada Brandt');
	});

	it('prints one object with --json', async () => {
		const { exitCode, stdout } = await query(['Who was the keeper?', '--json', '-c', 'town', ...BUILTIN]);
		const report = JSON.parse(stdout) as Report;
		expect(exitCode).toBe(0);
		expect(report).toMatchObject({ outcome: 'answered', journal: null, answer: expect.stringContaining('Ada Brandt') });
		expect(report.iterations).toBeGreaterThan(0);
		expect(report.calls).toBeGreaterThan(0);
		expect(report.runId).not.toBe('');
	});

	it('prints every event with --events, numbered without gaps', async () => {
		const { stdout } = await query(['Who was the keeper?', '--events', '-c', 'town', '-c', '-', ...BUILTIN], {
			stdin: 'The keeper after her was Jon Vik.',
		});
		const events = eventsOf(stdout);
		expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, index) => index));
		expect(events[0]).toMatchObject({ type: 'run-start', contexts: [{ kind: 'files' }, { kind: 'text' }] });
		expect(events.at(-1)).toMatchObject({ type: 'run-end', outcome: 'answered' });
	});

	it('writes a journal whose replay prints the same', async () => {
		const asked = await query(['Who was the keeper?', '--json', '-c', 'town', '--journal', 'runs', ...BUILTIN]);
		const [name = ''] = await readdir(path.join(folder, 'runs'));
		const journal = path.join(folder, 'runs', name);
		const replayed = await rlm(['replay', journal, '--json'], { cwd: folder });
		const report = JSON.parse(asked.stdout) as Report;
		expect(JSON.parse(replayed.stdout)).toEqual({ ...report, journal });
		expect(path.resolve(folder, report.journal ?? '')).toBe(journal);
		const text = await rlm(['replay', journal], { cwd: folder });
		expect(text).toMatchObject({ exitCode: 0, stdout: `${report.answer}\n` });
	});

	it.each(['town/harbour.md/runs', ...(process.platform === 'linux' ? ['/proc/runs'] : [])])(
		'goes on without a journal that cannot be written to %s, and says so',
		async (journal) => {
			const args = ['Who was the keeper?', '-c', 'town', '--json', '--journal', journal, ...BUILTIN];
			const { exitCode, stdout, stderr } = await query(args);
			expect(exitCode).toBe(0);
			expect(stderr).toMatch(/journal .* cannot be written/);
			expect(stderr).not.toContain(' · journal ');
			expect(JSON.parse(stdout)).toMatchObject({ outcome: 'answered', journal: null });
		},
	);

	it('says what it could not take', async () => {
		await mkdir(path.join(folder, 'mixed'));
		await writeFile(path.join(folder, 'mixed', 'notes.md'), NOTES);
		await writeFile(path.join(folder, 'mixed', 'old.txt'), Buffer.from('caf\xe9', 'latin1'));
		const args = ['Who was the keeper?', '-c', 'mixed', ...BUILTIN];
		expect((await query(args)).stderr).toContain('rlm: left out: 1 not UTF-8 (mixed/old.txt)\n');
		expect((await query([...args, '--quiet'])).stderr).toBe('');
	});

	it('reads secret files only when they are allowed on the command line, or named', async () => {
		const vault = path.join(folder, 'vault');
		await mkdir(vault);
		await writeFile(path.join(vault, 'notes.md'), NOTES);
		await writeFile(path.join(vault, '.env'), 'HARBOUR_KEY=lighthouse\n');
		await writeFile(path.join(vault, 'rlm.config.json'), '{ "context": { "allowSecrets": ["*"] } }');
		const inVault = (...args: string[]) =>
			rlm(['query', 'What is HARBOUR_KEY?', '--trust-config', ...args, ...BUILTIN], { cwd: vault });
		const left = await inVault('-c', '.');
		expect(left.stderr).toContain('rlm: left out: 1 that may hold secrets (.env); --allow-secret GLOB reads');
		expect(left.stdout).not.toContain('lighthouse');
		const allowed = await inVault('-c', '.', '--allow-secret', '.env');
		expect(allowed.stderr).not.toContain('secret');
		expect(allowed.stdout).toContain('lighthouse');
		const named = await inVault('-c', '.env');
		expect(named.stderr).toContain('rlm: .env may hold secrets; rlm reads it because you named it\n');
		expect(named.stdout).toContain('lighthouse');
	});

	it('goes on without anybody who reads its progress', async () => {
		const args = ['Who was the keeper?', '-c', 'town', ...BUILTIN];
		const { exitCode, stdout } = await query(args, { isStderrClosed: true });
		expect(exitCode).toBe(0);
		expect(stdout).toContain('Ada Brandt');
	});

	it.runIf(process.platform === 'linux')('says in one sentence that its output cannot be written', async () => {
		const stdout = await open('/dev/full', 'w');
		const args = ['Who was the keeper?', '-c', 'town', '--quiet', ...BUILTIN];
		const { exitCode, stderr } = await query(args, { stdoutFd: stdout.fd });
		await stdout.close();
		expect({ exitCode, stderr }).toEqual({
			exitCode: 5,
			stderr: expect.stringMatching(/^rlm: .* cannot be written: .*\n$/),
		});
	});
});

describe('rlm query with a model server', () => {
	it('asks the server of the command line with the key of RLM_API_KEY', async () => {
		const args = await scripted(
			(request) => ({ text: turnOf(request) === 0 ? block('print(context[:30])') : 'FINAL(1894)' }),
			'secret-key',
		);
		const result = await query(['When?', '-c', 'town/harbour.md', '--journal', 'keyed', ...args], {
			env: { RLM_API_KEY: 'secret-key' },
		});
		expect(result).toMatchObject({ exitCode: 0, stdout: '1894\n' });
		const [name = ''] = await readdir(path.join(folder, 'keyed'));
		const journal = await readFile(path.join(folder, 'keyed', name), 'utf8');
		expect(journal).toContain('FINAL(1894)');
		expect(`${result.stdout}${result.stderr}${journal}`).not.toContain('secret-key');
	});

	it('ends with 3 and the best answer at a limit', async () => {
		const args = await scripted((request) => ({
			text: request.text.includes('there are no iterations left') ? 'FINAL(about 1900)' : block('print(context[:30])'),
		}));
		const { exitCode, stdout, stderr } = await query([
			'When?',
			'-c',
			'town/harbour.md',
			'--max-iterations',
			'2',
			...args,
		]);
		expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: 'about 1900\n' });
		expect(stderr).toContain('rlm: partial: the iteration limit was reached (--max-iterations)');
	});

	it('says why it ends with 3 when there is no answer, even when it is to be quiet', async () => {
		const args = await scripted(() => ({ text: block('1 / 0') }));
		const question = ['When?', '-c', 'town/harbour.md', '--max-iterations', '1', '--quiet', ...args];
		const { exitCode, stdout, stderr } = await query(question);
		expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
		expect(stderr).toBe('rlm: partial: the iteration limit was reached (--max-iterations); no answer\n');
		expect((await query([...question, '--json'])).stderr).toBe('');
	});

	it('prints names and replies on stderr without what steers a terminal', async () => {
		await mkdir(path.join(folder, 'odd'));
		await writeFile(path.join(folder, 'odd', 'a\u202eb\u001b[31m.md'), NOTES);
		const code = 'raise ValueError("\\x1b]0;owned\\x07\\u202e\\x9b2J")';
		const args = await scripted((request) => ({
			text: turnOf(request) === 0 ? block(code) : block('cite(files.paths[0], 1)\nFINAL("1894")'),
		}));
		const { exitCode, stderr } = await query(['When\u202e?', '-c', 'odd', ...args]);
		expect({ exitCode, cleaned: printable(stderr) }).toEqual({ exitCode: 0, cleaned: stderr });
		expect(stderr).toContain('ab.md:1');
		const { stdout } = await query(['When\u202e?', '-c', 'odd', '--events', ...args]);
		expect(printable(stdout)).toBe(stdout);
		expect(eventsOf(stdout)[0]).toMatchObject({ query: 'When\u202e?' });
	});

	it('ends with 4 when the server cannot be reached, and names its address and the remedy', async () => {
		const { exitCode, stdout, stderr } = await query(['When?', '-c', 'town', '--server', 'http://127.0.0.1:9']);
		expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' });
		expect(stderr).toContain('http://127.0.0.1:9');
		expect(stderr).toContain('Start the server');
		expect(stderr).toContain('--provider builtin');
		expect(stderr).not.toContain('    at ');
	});

	it('is cancelled by Ctrl+C, ends its stream of events and exits with 130', async () => {
		const args = await scripted((request) =>
			isRootCall(request) && turnOf(request) === 0
				? { text: block("answer['content'] = 'so far'") }
				: { fault: 'hang-before-headers' },
		);
		const { exitCode, stdout } = await query(['When?', '-c', 'town', '--events', ...args], {
			interruptAt: { text: 'iteration-end', times: 1 },
		});
		expect(exitCode).toBe(130);
		expect(eventsOf(stdout).at(-1)).toMatchObject({ type: 'run-end', outcome: 'cancelled', answer: 'so far' });
	});

	it('is cancelled by Ctrl+C while it waits for piped text', async () => {
		await mkdir(path.join(folder, 'named'));
		await writeFile(path.join(folder, 'named', '.env'), 'HARBOUR_KEY=lighthouse\n');
		const { exitCode, stdout, stderr } = await query(['When?', '-c', 'named/.env', '-c', '-'], {
			stdin: { staysOpen: true },
			// The last thing that is said before standard input is read.
			interruptAt: { text: 'may hold secrets', times: 1 },
		});
		expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' });
		expect(stderr).toMatch(/rlm: cancelled\n$/);
	});

	it('is ended at once by a second Ctrl+C', async () => {
		const args = await scripted(() => ({ fault: 'hang-before-headers' }));
		const { exitCode } = await query(['When?', '-c', 'town', '--events', ...args], {
			interruptAt: { text: 'iteration-start', times: 2 },
		});
		expect(exitCode).toBe(130);
	});
});

describe('rlm query with something wrong', () => {
	const cases: readonly [name: string, args: string[], stderr: RegExp, env?: Record<string, string>][] = [
		[
			'a path that is not there',
			['Q', '-c', 'town/harbor.md', ...BUILTIN],
			/^rlm: There is no file or folder town\/harbor\.md\.\n {5}Did you mean harbour\.md\?/,
		],
		['an empty question', [' ', '-c', 'town', ...BUILTIN], /^rlm: the question is empty\n/],
		['no question', ['-c', 'town'], /^rlm: missing required argument 'question'\n/],
		['an unknown provider', ['Q', '--provider', 'magic'], /Allowed choices are ollama, openai, anthropic, builtin\./],
		['a bad number', ['Q', '--max-iterations', 'many'], /'many' is invalid\. It must be a whole number, 1 or more\./],
		['no number', ['Q', '--max-cost', '0'], /'0' is invalid\. It must be a number above 0\./],
		['an unknown option', ['Q', '--modell', 'x'], /^rlm: unknown option '--modell'\n\(Did you mean --model\?\)/],
		[
			'an address without a scheme',
			['Q', '-c', 'town', '--server', 'localhost:1234'],
			/^rlm: --server localhost:1234 is not a URL\n/,
		],
		[
			'a configuration that is not there',
			['Q', '-c', 'town', '--config', 'rlm.jsn'],
			/^rlm: there is no file rlm\.jsn\n/,
		],
		[
			'a configuration that is not JSON',
			['Q', '-c', 'town', '--config', 'broken.json'],
			/broken\.json:2:14: not valid JSON/,
		],
		[
			'a wrong field',
			['Q', '-c', 'town', '--config', 'wrong.json'],
			/wrong\.json:3:33: servers\[0\]\.kind: expected one of/,
		],
		[
			'a missing key',
			['Q', '-c', 'town', '--server', 'https://api.openai.com', '--model', 'm'],
			/^rlm: server api\.openai\.com needs a key, and the environment variable OPENAI_API_KEY or RLM_API_KEY is not set\n/,
		],
		[
			'a missing key of the configuration',
			['Q', '-c', 'town', '--config', 'keyed.json'],
			/environment variable MY_KEY is not set/,
		],
	];

	beforeAll(async () => {
		await writeFile(path.join(folder, 'broken.json'), '{\n  "servers": }\n');
		await writeFile(
			path.join(folder, 'wrong.json'),
			'{ "servers": [\n  // one\n    { "id": "a",     "kind":    "magic" }\n] }',
		);
		await writeFile(
			path.join(folder, 'keyed.json'),
			'{ "servers": [{ "id": "a", "kind": "openai", "url": "http://127.0.0.1:9", "apiKeyEnv": "MY_KEY" }] }',
		);
	});

	it.each(cases)('says so in a sentence and ends with 2: %s', async (_name, args, stderr) => {
		const result = await query(args);
		expect(result).toMatchObject({ exitCode: 2, stdout: '' });
		expect(result.stderr).toMatch(stderr);
		expect(result.stderr).not.toContain('    at ');
	});

	it('says so for an empty context', async () => {
		const result = await query(['Q', ...BUILTIN], { stdin: '' });
		expect(result).toMatchObject({
			exitCode: 2,
			stdout: '',
			stderr: expect.stringMatching(/^rlm: There is no text in standard input/),
		});
	});

	it('shows where a defect is only when asked to', async () => {
		const { stderr } = await query(['Q', '-c', 'twon', ...BUILTIN], { env: { RLM_DEBUG: '1' } });
		expect(stderr).toContain('    at ');
	});
});

describe('rlm servers', () => {
	it('shows what each server is and has, and what is wrong with it', async () => {
		await scripted([]);
		const servers = [server?.settings('here'), { id: 'gone', kind: 'ollama', url: 'http://127.0.0.1:9' }];
		await writeFile(path.join(folder, 'two.json'), JSON.stringify({ servers }));
		const table = await rlm(['servers', '--config', 'two.json'], { cwd: folder });
		expect(table.exitCode).toBe(0);
		expect(table.stdout).toMatch(/^server +state +since +in memory/);
		expect(table.stdout).toMatch(/here +● up .*scripted-model/);
		expect(table.stdout).toMatch(/gone +✗ down .*\n {2}no connection.*\n {2}Start the server/);
		expect(table.stdout).toMatch(/\nsandbox {2}worker: imports, realm; without permissions and namespaces \(.*\)\n$/);
		const json = await rlm(['servers', '--config', 'two.json', '--json'], { cwd: folder });
		expect(JSON.parse(json.stdout)).toMatchObject({
			servers: [
				{ id: 'here', state: 'up', models: ['scripted-model'] },
				{ id: 'gone', state: 'down', hint: expect.stringContaining('Start the server') },
			],
			sandbox: {
				deployment: 'worker',
				layers: ['imports', 'realm'],
				missing: [
					{ layer: 'permissions', why: expect.stringContaining('shares the process of its host') },
					{ layer: 'namespaces', why: expect.stringContaining('shares the process of its host') },
				],
			},
		});
	});

	it('never shows a password that stands in an address, nor does a run', async () => {
		await scripted(() => ({ text: block('FINAL(1)') }));
		const address = (server?.url ?? '').replace('//', '//me:canary@');
		const servers = [{ id: 'here', kind: 'openai', url: address, models: ['scripted-model'], contextLength: 200 }];
		await writeFile(path.join(folder, 'secret.json'), JSON.stringify({ servers }));
		const listed = await rlm(['servers', '--config', 'secret.json', '--json'], { cwd: folder });
		expect(JSON.parse(listed.stdout)).toMatchObject({ servers: [{ id: 'here', url: server?.url }] });
		const asked = await query(['When?', '-c', 'town', '--config', 'secret.json', '--events']);
		expect(asked.stdout).toContain('does not fit into the context window');
		expect(`${listed.stdout}${listed.stderr}${asked.stdout}${asked.stderr}`).not.toContain('canary');
	});

	it('ends with 4 when none answers', async () => {
		await writeFile(
			path.join(folder, 'none.json'),
			JSON.stringify({ servers: [{ id: 'gone', kind: 'ollama', url: 'http://127.0.0.1:9' }] }),
		);
		expect(await rlm(['servers', '--config', 'none.json'], { cwd: folder })).toMatchObject({ exitCode: 4 });
	});

	it('goes on until it is interrupted, which is no failure', async () => {
		await scripted([]);
		await writeFile(path.join(folder, 'one.json'), JSON.stringify({ servers: [server?.settings('here')] }));
		const options = { cwd: folder, interruptAt: { text: '"state":"up"', times: 1 } };
		const { exitCode, stdout } = await rlm(['servers', '--config', 'one.json', '--watch', '--json'], options);
		expect(exitCode).toBe(0);
		expect(JSON.parse(stdout.split('\n')[0] ?? '')).toMatchObject({
			servers: [{ id: 'here', state: 'up' }],
			sandbox: { deployment: 'worker' },
		});
		// The first line does not wait for a second round of checks.
		expect(server?.lookups.filter((page) => page === '/health')).toHaveLength(1);
	});

	it('looks at an address, makes a test call, and prints the settings for it', async () => {
		await scripted(() => ({ text: 'heron' }));
		const { exitCode, stdout } = await rlm(['servers', '--probe', server?.url ?? ''], { cwd: folder });
		expect(exitCode).toBe(0);
		expect(stdout).toMatch(
			/^llama\.cpp b1-scripted at http:.*, 4 calls at a time\n {2}scripted-model: in memory, window 33k/,
		);
		expect(stdout).toMatch(/test call to scripted-model: first token after .*\na .* token prompt was read in full\n/);
		expect(JSON.parse(stdout.slice(stdout.indexOf('{')))).toEqual({
			servers: [
				{ id: 'llamacpp', kind: 'openai', url: `${server?.url}/v1`, models: ['scripted-model'], maxConcurrent: 4 },
			],
		});
		const json = await rlm(['servers', '--probe', server?.url ?? '', '--json'], { cwd: folder });
		expect(JSON.parse(json.stdout)).toMatchObject({ step: 'done', test: { truncation: 'none' }, settings: {} });
	});

	it('takes the key for a look from the environment, and prints its variable in its place', async () => {
		server = await startScriptedServer({ kind: 'openai', script: () => ({ text: 'heron' }), apiKey: 'sesame-42' });
		const without = await rlm(['servers', '--probe', server.url], { cwd: folder });
		expect(without).toMatchObject({ exitCode: 4, stdout: expect.stringContaining('Set RLM_API_KEY') });
		const env = { RLM_API_KEY: 'sesame-42' };
		const { exitCode, stdout } = await rlm(['servers', '--probe', server.url], { cwd: folder, env });
		expect(exitCode).toBe(0);
		expect(stdout).toContain('"apiKeyEnv": "RLM_API_KEY"');
		expect(stdout).not.toContain('sesame');
	});

	it('says what is wrong with an address', async () => {
		const gone = await rlm(['servers', '--probe', '127.0.0.1:9'], { cwd: folder });
		expect(gone).toMatchObject({ exitCode: 4, stdout: expect.stringMatching(/no connection.*\nStart the server/) });
	});
});

describe('rlm usage', () => {
	it('shows what the runs of this user have used', async () => {
		const env = { XDG_DATA_HOME: path.join(folder, 'data') };
		const nothing = await rlm(['usage'], { cwd: folder, env });
		expect(nothing).toMatchObject({ exitCode: 0, stdout: 'Nothing was used in the last 7 days.\n' });
		await query(['Who was the keeper?', '-c', 'town', ...BUILTIN], { env });
		const looked = { text: block('print(context[:20])\nFINAL("Ada")') };
		await query(['Who was the keeper?', ...(await scripted([looked])), '-c', 'town'], { env });
		const { stdout } = await rlm(['usage', '--days', '1'], { cwd: folder, env });
		expect(stdout).toMatch(/builtin\/builtin +\d+ +0 +~\S+ +- +~\S+ .* -\n/);
		expect(stdout).toMatch(/\/scripted-model +\d+ +0 .* unknown\n/);
		const json = await rlm(['usage', '--days', '1', '--json'], { cwd: folder, env });
		expect(JSON.parse(json.stdout)).toMatchObject([{ damagedLines: 0, servers: [{ server: 'builtin' }, {}] }]);
	});
});
