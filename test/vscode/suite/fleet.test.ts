import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { CallFigures, FleetServer } from '../../../src/pool/fleet.ts';
import { statusLine } from '../../../src/vscode/fleet/statusLine.ts';
import { statusSpeech, statusTooltip } from '../../../src/vscode/fleet/statusTooltip.ts';
import { type ScriptedServer, startScriptedServer } from '../../support/scriptedServer.ts';
import { closeEditors, setSetting } from './support.ts';

const ISOLATION = { deployment: 'worker', layers: ['imports', 'realm'], missing: [] } as const;
const FACTS = { isolation: ISOLATION, isWatched: false };

function server(rest: Partial<FleetServer>, calls: Partial<CallFigures> = {}): FleetServer {
	return {
		...{
			id: 'gpu-1',
			kind: 'ollama',
			url: 'http://10.0.0.2:11434',
			roles: ['root'],
			gpus: [],
			history: [],
			checkedAt: 0,
		},
		...{ health: { state: 'up', since: 0 }, models: [] },
		calls: {
			...{ id: 'gpu-1', inFlight: 2, limit: 4, maxConcurrent: 4, waiting: 3, errorShare: 0 },
			...{ breaker: 'closed', isDraining: false },
			...calls,
		},
		...rest,
	};
}

describe('the tooltip of the status bar', () => {
	it('is a table of the servers with their figures', () => {
		const models = [{ name: 'qwen3:8b', isLoaded: true, contextTokens: 8192 }];
		const memory = { usedBytes: 12 * 1024 ** 3, totalBytes: 24 * 1024 ** 3, isWhole: true };
		const well = server({ models, memory, latencyMs: 12 }, { completionSpeed: 34.2 });
		const { value } = statusTooltip([well], FACTS);
		assert.match(value, /\| gpu-1 \| \$\(pass\) up \| qwen3:8b \| 12\.0\/24 GB \| 2 of 4, 3 waiting \| 34 \| 12 ms \|/);
		assert.match(value, /As seen at .*:00/);
		assert.match(value, /a worker thread, 2 of 4 walls/);
		assert.equal(statusSpeech(statusLine([well], 1)), 'RLM: 1 of 1 servers take calls, 2 calls running, 3 waiting');
	});

	it('says why a server is down, what to do, and which call failed last', () => {
		const health = { state: 'down', cause: 'unreachable', reason: 'no connection', since: 0 } as const;
		const { value } = statusTooltip([server({ health }, { lastError: 'HTTP 500' })], FACTS);
		assert.match(value, /\*\*gpu-1\*\*: no connection Start the server, or correct its address\./);
		assert.match(value, /Last error: HTTP 500/);
	});

	it('shows what servers say as plain text', () => {
		const hostile = '[x](command:evil) $(error) <img src=a> | **b**\n# c';
		const { value } = statusTooltip([server({ models: [{ name: hostile, isLoaded: true }] })], FACTS);
		assert.ok(
			!/\]\(command:evil|<img|\*\*b\*\*|\$\(error\)|^# c/m.test(value.replaceAll('\\[', '').replaceAll('\\<', '')),
			value,
		);
		const row = value.split('\n').find((line) => line.includes('evil')) ?? '';
		assert.equal(row.replaceAll('\\|', '').split('|').length, 10);
	});
});

describe('the diagnosis', () => {
	let models: ScriptedServer;
	before(async () => {
		models = await startScriptedServer({
			kind: 'openai',
			script: [],
			models: [{ name: 'scripted', contextTokens: 4096 }],
		});
	});
	after(async () => {
		await setSetting('servers', undefined);
		await models.stop();
	});
	afterEach(closeEditors);

	it('shows the settings, the answers and what is loaded, and no secrets', async () => {
		const url = models.url.replace('http://', 'http://ada:sesame@');
		await setSetting('servers', [
			{ id: 'gpu-1', kind: 'openai', url: models.url, models: ['scripted', 'other'], contextLength: 32_768 },
			{ id: 'gpu-2', kind: 'openai', url: 'http://127.0.0.1:9', apiKeyEnv: 'RLM_TEST_NO_SUCH_KEY' },
			{ id: 'gpu-3', kind: 'openai', url, models: ['scripted'] },
		]);
		const report = await vscode.commands.executeCommand<string>('rlm.diagnose');
		const plain = report.replaceAll('\\', '');
		assert.match(plain, /Node v\d+/);
		assert.match(plain, /Sandbox: a worker thread, \d of 4 walls \(no functions of the host, no Node/);
		assert.match(plain, /needs attention: It does not have "other"/);
		assert.match(plain, /scripted: the settings say 33k tokens, but 4\.1k are served/);
		assert.match(plain, /Its clock agrees with this machine/);
		assert.match(plain, /environment variable RLM_TEST_NO_SUCH_KEY is not set/);
		assert.match(plain, /down: /);
		assert.ok(!plain.includes('sesame'), plain);
	});

	it('names the faulty setting', async () => {
		await setSetting('servers', [{ id: 'gpu-1', kind: 'olama' }]);
		const report = await vscode.commands.executeCommand<string>('rlm.diagnose');
		assert.match(report.replaceAll('\\', ''), /servers\[0\]\.kind/);
	});
});
