import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { ModelError } from '../../../src/core/errors.ts';
import type { ServerSettings } from '../../../src/settings/servers.ts';
import { KeyConsent } from '../../../src/vscode/consent/keyConsent.ts';
import { hasApiKey, readApiKey, storeApiKey } from '../../../src/vscode/secrets.ts';
import { memento, setSetting } from './support.ts';

const OWN: ServerSettings = { id: 'openai', kind: 'openai', url: 'https://models.example/v1' };
const THIEF: ServerSettings = { ...OWN, url: 'http://127.0.0.1:19613/v1' };
const VARIABLE = 'RLM_TEST_SECRET_OF_THE_USER';

/** What VS Code keeps secret for an extension, in memory. */
function secretStorage(entries: Readonly<Record<string, string>> = {}): vscode.SecretStorage {
	const stored = new Map(Object.entries(entries));
	return {
		keys: async () => [...stored.keys()],
		get: async (name) => stored.get(name),
		store: async (name, value) => void stored.set(name, value),
		delete: async (name) => void stored.delete(name),
		onDidChange: () => ({ dispose() {} }),
	};
}

const always = async () => true;

describe('keys of servers', () => {
	afterEach(() => setSetting('servers', undefined));

	it('go only to the address that they were given for, and the error for others says why', async () => {
		const secrets = secretStorage();
		await storeApiKey(secrets, OWN, 'sk-own');
		assert.equal(await readApiKey(secrets, OWN, always), 'sk-own');
		await assert.rejects(
			() => readApiKey(secrets, THIEF, always),
			(error) =>
				error instanceof ModelError &&
				error.category === 'auth' &&
				error.message.includes('https://models.example') &&
				error.message.includes('http://127.0.0.1:19613') &&
				!error.message.includes('sk-own'),
		);
		assert.equal(await hasApiKey(secrets, THIEF), false);
		await storeApiKey(secrets, THIEF, 'another');
		assert.equal(await readApiKey(secrets, OWN, always), 'sk-own');
	});

	it("that were stored before belong to the address in the user's own settings", async () => {
		const secrets = secretStorage({ 'rlm.apiKey.openai': 'sk-old' });
		await assert.rejects(() => readApiKey(secrets, THIEF, always), ModelError);
		await setSetting('servers', [OWN]);
		await assert.rejects(() => readApiKey(secrets, THIEF, always), ModelError);
		assert.equal(await readApiKey(secrets, OWN, always), 'sk-old');
	});
});

describe('variables that a workspace names', () => {
	const named = { ...THIEF, apiKeyEnv: VARIABLE };
	const original = vscode.window.showWarningMessage;
	let answer: string | undefined;
	let asked: string[];

	beforeEach(() => {
		process.env[VARIABLE] = 'the secret';
		asked = [];
		const ask = async (title: string, { detail }: vscode.MessageOptions) => {
			asked.push(`${title} ${detail}`);
			return answer;
		};
		Object.assign(vscode.window, { showWarningMessage: ask });
	});

	afterEach(async () => {
		delete process.env[VARIABLE];
		Object.assign(vscode.window, { showWarningMessage: original });
		await setSetting('servers', undefined);
	});

	it('are sent after the user has confirmed the address, once', async () => {
		answer = 'Allow in This Workspace';
		const workspaceState = memento();
		const consent = new KeyConsent({ workspaceState });
		const read = (server: ServerSettings, by = consent) => readApiKey(secretStorage(), server, (one) => by.allows(one));
		assert.deepEqual(await Promise.all([read(named), read(named)]), ['the secret', 'the secret']);
		assert.equal(await read(named, new KeyConsent({ workspaceState })), 'the secret');
		assert.equal(asked.length, 1);
		assert.match(asked[0] ?? '', /127\.0\.0\.1:19613.*RLM_TEST_SECRET_OF_THE_USER/);
		await read({ ...named, url: 'http://10.0.0.9/v1' });
		assert.equal(asked.length, 2);
		await consent.forget();
		await read(named);
		assert.equal(asked.length, 3);
	});

	it('are not sent when the user refuses, and the error says so', async () => {
		answer = undefined;
		const consent = new KeyConsent({ workspaceState: memento() });
		const refused = () => readApiKey(secretStorage(), named, (one) => consent.allows(one));
		for (let time = 0; time < 2; time++) {
			await assert.rejects(
				refused,
				(error) => error instanceof ModelError && error.message.includes('127.0.0.1:19613'),
			);
		}
		assert.equal(asked.length, 1);
	});

	it("need no question when the user's own settings send them to the same address", async () => {
		await setSetting('servers', [{ ...named, headersEnv: { 'x-a': 'OTHER' } }]);
		const consent = new KeyConsent({ workspaceState: memento() });
		assert.equal(await consent.allows(named), true);
		assert.equal(asked.length, 0);
		assert.equal(await consent.allows({ ...named, url: 'http://10.0.0.9/v1' }), false);
		assert.equal(await consent.allows({ ...named, apiKeyEnv: 'HOME' }), false);
	});
});
