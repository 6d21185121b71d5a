import { describe, expect, it } from 'vitest';
import { keyOf, requireKey } from '../../../src/cli/keys.ts';

const env = { RLM_API_KEY: 'general', OPENAI_API_KEY: 'openai', MY_KEY: 'mine', EMPTY: ' ' };

describe('the key of a server', () => {
	it('comes from the variable that the configuration names, and from no other', () => {
		const server = { id: 'a', url: 'https://api.openai.com/v1', apiKeyEnv: 'MY_KEY' };
		expect(keyOf(server, false, env)).toBe('mine');
		expect(keyOf({ ...server, apiKeyEnv: 'EMPTY' }, false, env)).toBeUndefined();
	});

	it('comes from RLM_API_KEY for a server of the command line, else from the usual variable of its host', () => {
		const server = { id: 'a', url: 'https://api.openai.com/v1' };
		expect(keyOf(server, true, env)).toBe('general');
		expect(keyOf(server, true, { OPENAI_API_KEY: 'openai' })).toBe('openai');
		expect(keyOf(server, false, env)).toBe('openai');
	});

	it('of one service goes to no other host', () => {
		for (const url of ['http://127.0.0.1:8000', 'https://openai.com.example.org', 'https://notopenai.com', 'no url']) {
			expect(keyOf({ id: 'a', url }, false, env)).toBeUndefined();
		}
	});

	it('is asked for by the name of its variable when it is missing', () => {
		const hosted = { id: 'claude', url: 'https://api.anthropic.com' };
		expect(() => requireKey(hosted, false, {})).toThrow(
			'server claude needs a key, and the environment variable ANTHROPIC_API_KEY is not set',
		);
		expect(() => requireKey(hosted, true, {})).toThrow('ANTHROPIC_API_KEY or RLM_API_KEY is not set');
		expect(() => requireKey({ id: 'a', apiKeyEnv: 'MY_KEY' }, false, {})).toThrow('MY_KEY is not set');
	});

	it('is not asked for where none is needed', () => {
		requireKey({ id: 'local', url: 'http://127.0.0.1:11434' }, true, {});
		requireKey({ id: 'builtin' }, false, {});
		requireKey({ id: 'a', apiKeyEnv: 'MY_KEY' }, false, env);
	});
});
