import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../../src/core/errors.ts';
import { serverUrl } from '../../../src/settings/servers.ts';
import { parseSettings } from '../../../src/settings/settings.ts';

function problem(value: unknown): ConfigError {
	try {
		parseSettings(value, 'rlm.config.json');
	} catch (error) {
		if (error instanceof ConfigError) return error;
		throw error;
	}
	return expect.unreachable('the settings should have been refused');
}

test('the deployment of the sandbox must be one of the existing ones', () => {
	expect(parseSettings({ sandbox: { isolation: 'process' } }, 'test').sandbox).toEqual({ isolation: 'process' });
	expect(problem({ sandbox: { isolation: 'none' } })).toMatchObject({ field: 'sandbox.isolation' });
});

const SERVER = { id: 'gpu', kind: 'ollama', url: 'http://gpu:11434' };

describe('parseSettings', () => {
	test('accepts every field and translates the limits to those of the core', () => {
		const server = {
			...SERVER,
			models: ['big', 'small'],
			roles: ['root', 'sub'],
			priority: 2,
			maxConcurrent: 3,
			gpuMemoryGb: 24,
			contextLength: 32768,
			price: { promptUsd: 1, completionUsd: 2, cachedPromptUsd: 0.1 },
			apiKeyEnv: 'GPU_KEY',
			headersEnv: { 'X-Proxy': 'PROXY_TOKEN' },
			keepAlive: '30m',
			metricsUrl: 'http://localhost:9400/metrics',
			timeouts: { connectMs: 1000, firstByteMs: 2000, idleMs: 3000 },
		};
		const settings = parseSettings(
			{
				servers: [server],
				rootModel: 'gpu/big',
				subModel: 'auto',
				strategy: 'adaptive',
				cloudUse: 'overflow',
				hedging: true,
				limits: { iterations: 5, seconds: 60, cellSeconds: 2.5, costUsd: 0 },
				context: { exclude: { '**/dist': true }, directBelowTokens: 0 },
				profile: 'default',
				memo: true,
			},
			'rlm.config.json',
		);
		expect(settings).toEqual({
			servers: [server],
			rootModel: 'gpu/big',
			strategy: 'adaptive',
			cloudUse: 'overflow',
			hedging: true,
			limits: { iterations: 5, durationMs: 60_000, cellMs: 2500, costUsd: 0 },
			context: { exclude: { '**/dist': true }, directBelowTokens: 0 },
			profile: 'default',
			memo: true,
		});
	});

	test('leaves out what is set to auto', () => {
		const chosen = { rootModel: 'auto', subModel: 'auto', profile: 'auto', sandbox: { isolation: 'auto' } };
		expect(parseSettings(chosen, 'settings')).toEqual({ servers: [], sandbox: {} });
	});

	test('an empty list of servers is valid', () => {
		expect(parseSettings({}, 'settings')).toEqual({ servers: [] });
	});

	test.each([
		[{ servers: [{ ...SERVER, kind: 'olama' }] }, 'servers[0].kind', /expected one of "ollama", "openai"/],
		[{ servers: [{ ...SERVER, url: 'gpu:11434' }] }, 'servers[0].url', /http:\/\/ or https:\/\//],
		[{ servers: [{ ...SERVER, url: 'http://fd00::5:11434' }] }, 'servers[0].url', /IPv6 address in brackets/],
		[{ servers: [{ ...SERVER, url: 'http://gpu:99999' }] }, 'servers[0].url', /check host and port/],
		[{ servers: [{ ...SERVER, url: 'http://[gpu' }] }, 'servers[0].url', /check host and port/],
		[{ servers: [{ kind: 'ollama' }] }, 'servers[0].id', /is missing/],
		[{ servers: [{ ...SERVER, id: 'a/b' }] }, 'servers[0].id', /slash/],
		[{ servers: [SERVER, SERVER] }, 'servers[1].id', /already the id of servers\[0\]/],
		[{ cloudUse: 'sometimes' }, 'cloudUse', /expected one of "never", "overflow"/],
		[{ voters: 1 }, 'voters', /must be at least 2/],
		[{ voters: 10 }, 'voters', /must be at most 9/],
		[{ hedging: 'yes' }, 'hedging', /expected boolean/],
		[{ servers: [{ ...SERVER, metricsUrl: 'gpu' }] }, 'servers[0].metricsUrl', /http:\/\//],
		[{ servers: [{ ...SERVER, maxConcurrent: 0 }] }, 'servers[0].maxConcurrent', /at least 1/],
		[
			{ servers: [{ ...SERVER, price: { promptUsd: -1, completionUsd: 0 } }] },
			'servers[0].price.promptUsd',
			/negative/,
		],
		[{ servers: {} }, 'servers', /expected a list/],
		[{ limits: { depth: '2' } }, 'limits.depth', /expected a number, got "2"/],
		['text', '', /expected an object/],
		[[], '', /expected an object/],
	])('names the field of %j', (value, field, message) => {
		const error = problem(value);
		expect(error.field).toBe(field);
		expect(error.message).toMatch(message);
		expect(error.where).toBe('rlm.config.json');
	});

	test.each([
		[{ server: [] }, 'server', 'servers'],
		[{ servers: [{ ...SERVER, model: ['a'] }] }, 'servers[0].model', 'models'],
		[{ servers: [{ ...SERVER, timeouts: { idelMs: 1 } }] }, 'servers[0].timeouts.idelMs', 'idleMs'],
		[{ limits: { iteration: 1 } }, 'limits.iteration', 'iterations'],
	])('names the nearest known field for the unknown one in %j', (value, field, nearest) => {
		const error = problem(value);
		expect(error.field).toBe(field);
		expect(error.message).toContain('unknown field');
		expect(error.hint).toBe(`Did you mean "${nearest}"?`);
	});

	test.each([
		[{ servers: [{ ...SERVER, kind: 'olama' }] }, 'servers[0].kind', 'ollama'],
		[{ profile: 'few-fat-promts' }, 'profile', 'few-fat-prompts'],
		[{ strategy: 'leastloaded' }, 'strategy', 'leastLoaded'],
	])('names the nearest choice for the unknown one in %j', (value, field, nearest) => {
		expect(problem(value)).toMatchObject({ field, hint: `Did you mean "${nearest}"?` });
	});

	test('a server without an address has the usual one of its kind', () => {
		expect(serverUrl({ id: 'a', kind: 'ollama' })).toBe('http://127.0.0.1:11434');
		expect(serverUrl({ id: 'a', kind: 'anthropic' })).toBe('https://api.anthropic.com');
	});
});
