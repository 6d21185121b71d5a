import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { ConfigError, explain } from '../../../src/core/errors.ts';
import { DEFAULT_LIMITS } from '../../../src/core/limits.ts';
import { parseSettings } from '../../../src/settings/settings.ts';
import { readSettings } from '../../../src/vscode/settings.ts';
import { EXTENSION_ID, setSetting } from './support.ts';

interface Schema {
	readonly default?: unknown;
	readonly scope?: string;
	readonly enum?: readonly string[];
	readonly properties?: Readonly<Record<string, Schema>>;
	readonly items?: Schema;
	readonly examples?: readonly unknown[];
	readonly markdownDescription?: string;
}

function schema(setting: string): Schema {
	return vscode.extensions.getExtension(EXTENSION_ID)?.packageJSON.contributes.configuration.properties[setting];
}

describe('settings', () => {
	afterEach(() => setSetting('servers', undefined));

	it('nothing set is valid, configures no server, and in a trusted workspace runs Python in a thread', () => {
		const sandbox = { isolation: 'worker' };
		const fleet = { strategy: 'adaptive', cloudUse: 'balanced', hedging: false, health: { intervalSeconds: 30 } };
		const run = { limits: {}, memo: false, context: { exclude: {}, allowSecrets: [] } };
		// The test host sets the mode, so that scripted models are asked for code.
		const answers = { mode: 'explore', voters: 3, strictEvidence: false };
		assert.deepEqual(readSettings(), {
			...{ servers: [], ...fleet, prices: {}, ...run, ...answers, sandbox, telemetry: { content: false } },
		});
	});

	it('a server is read as it was written', async () => {
		const servers = [{ id: 'a', kind: 'ollama', url: 'http://10.0.0.2:11434', models: ['m'] }];
		await setSetting('servers', servers);
		assert.deepEqual(readSettings().servers, servers);
	});

	it('a sandbox server is read from the settings of the machine, and must be named', async () => {
		const settings = ['sandbox.isolation', 'sandbox.url', 'sandbox.tokenEnv'] as const;
		try {
			await setSetting('sandbox.isolation', 'remote');
			assert.throws(
				readSettings,
				(error) =>
					error instanceof ConfigError &&
					error.field === 'sandbox.url' &&
					explain(error).actions.includes('edit-settings'),
			);
			await setSetting('sandbox.url', 'http://10.0.0.5:8377');
			await setSetting('sandbox.tokenEnv', 'RLM_SANDBOX_TOKEN');
			const expected = { isolation: 'remote', url: 'http://10.0.0.5:8377', tokenEnv: 'RLM_SANDBOX_TOKEN' };
			assert.deepEqual(readSettings().sandbox, expected);
		} finally {
			for (const name of settings) await setSetting(name, undefined);
		}
	});

	it('a workspace cannot choose the machine that code and texts go to', () => {
		const { capabilities } = vscode.extensions.getExtension(EXTENSION_ID)?.packageJSON ?? {};
		for (const setting of ['rlm.sandbox.url', 'rlm.sandbox.tokenEnv']) {
			assert.equal(schema(setting).scope, 'machine');
			assert.ok(capabilities.untrustedWorkspaces.restrictedConfigurations.includes(setting));
		}
	});

	it('a mistake is an error that names the field', async () => {
		await setSetting('servers', [{ id: 'a', kind: 'olama' }]);
		assert.throws(readSettings, (error) => error instanceof ConfigError && error.field === 'servers[0].kind');
	});

	it('the examples of the settings editor are valid', () => {
		for (const servers of schema('rlm.servers').examples ?? []) parseSettings({ servers }, 'example');
		for (const prices of schema('rlm.prices').examples ?? []) parseSettings({ prices }, 'example');
		for (const limits of schema('rlm.limits').examples ?? []) parseSettings({ limits }, 'example');
	});

	it('the settings editor offers every field that is understood, and no other', () => {
		const every = {
			...{ id: 'a', kind: 'ollama', url: 'http://a', models: ['m'], roles: ['root'], priority: 1, maxConcurrent: 1 },
			...{ gpuMemoryGb: 1, contextLength: 1, price: { promptUsd: 1, completionUsd: 1 }, apiKeyEnv: 'A' },
			...{ headersEnv: { 'X-A': 'A' }, timeouts: { idleMs: 1 }, keepAlive: '30m', metricsUrl: 'http://a:9400' },
			temperature: 0.2,
		};
		assert.deepEqual(parseSettings({ servers: [every] }, 'test').servers, [every]);
		assert.deepEqual(Object.keys(schema('rlm.servers').items?.properties ?? {}).sort(), Object.keys(every).sort());
		const limits = Object.fromEntries(Object.keys(schema('rlm.limits').properties ?? {}).map((name) => [name, 1]));
		const parsed = parseSettings({ limits }, 'test').limits;
		assert.deepEqual(
			Object.keys(DEFAULT_LIMITS).filter((name) => !Object.hasOwn(parsed ?? {}, name)),
			['emptyReplies'],
		);
	});

	it('every limit is described with its default', () => {
		const { properties = {} } = schema('rlm.limits');
		const defaults = {
			...DEFAULT_LIMITS,
			seconds: DEFAULT_LIMITS.durationMs / 1000,
			cellSeconds: DEFAULT_LIMITS.cellMs / 1000,
		};
		for (const [name, { markdownDescription }] of Object.entries(properties)) {
			const said = /\(([\d,]+)\)\.$/.exec(markdownDescription ?? '')?.[1]?.replaceAll(',', '');
			assert.equal(Number(said), defaults[name as keyof typeof defaults], `${name}: ${markdownDescription}`);
		}
	});
});
