import { describe, expect, it } from 'vitest';
import { serverOfOptions } from '../../../src/cli/config.ts';
import { InputError } from '../../../src/core/errors.ts';

describe('the server of the command line', () => {
	it('is none when only models are named', () => {
		expect(serverOfOptions({ model: 'm', subModel: 's' })).toBeUndefined();
	});

	it.each([
		['http://127.0.0.1:11434', 'ollama', '127.0.0.1:11434'],
		['https://api.anthropic.com', 'anthropic', 'api.anthropic.com'],
		['https://api.openai.com/v1', 'openai', 'api.openai.com'],
		['http://gpu-box:8000', 'openai', 'gpu-box:8000'],
	])('at %s is taken for %s', (server, kind, id) => {
		expect(serverOfOptions({ server })).toEqual({ id, kind, url: server });
	});

	it('is of the kind that is named, at its usual address when none is given', () => {
		expect(serverOfOptions({ server: 'http://proxy:11434', provider: 'anthropic' })).toMatchObject({
			kind: 'anthropic',
		});
		expect(serverOfOptions({ provider: 'ollama' })).toEqual({ id: 'ollama', kind: 'ollama' });
		expect(serverOfOptions({ provider: 'builtin' })).toEqual({ id: 'builtin', kind: 'builtin' });
	});

	it('has the models that are named, the one for code first', () => {
		const server = 'http://127.0.0.1:1';
		expect(serverOfOptions({ server, model: 'big', subModel: 'small' })?.models).toEqual(['big', 'small']);
		expect(serverOfOptions({ server, subModel: 'small' })?.models).toBeUndefined();
	});

	it('must have an address, and the built-in engine has none', () => {
		for (const server of ['localhost:8000', 'file:///etc', 'http://', 'nonsense']) {
			expect(() => serverOfOptions({ server })).toThrow(new RegExp(`--server ${server} is not a URL`));
		}
		expect(() => serverOfOptions({ provider: 'builtin', server: 'http://a' })).toThrow(InputError);
	});
});
