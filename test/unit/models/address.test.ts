import { describe, expect, test } from 'vitest';
import { InputError } from '../../../src/core/errors.ts';
import { parseAddress, shownAddress } from '../../../src/models/http/address.ts';

describe('the address of a server', () => {
	test.each([
		['http://127.0.0.1:11434', 'http://127.0.0.1:11434', ''],
		['http://127.0.0.1:11434/', 'http://127.0.0.1:11434', ''],
		['localhost:8000', 'http://localhost:8000', ''],
		['gpu-box', 'http://gpu-box', ''],
		['http://gpu:8000/v1', 'http://gpu:8000', '/v1'],
		['http://gpu:8000/v1/', 'http://gpu:8000', '/v1'],
		['http://gpu:8000/v1/chat/completions', 'http://gpu:8000', '/v1'],
		['http://gpu:11434/api/chat', 'http://gpu:11434', ''],
		['https://proxy.example/team/llm/v1', 'https://proxy.example/team/llm', '/v1'],
		['https://proxy.example/team/llm/', 'https://proxy.example/team/llm', ''],
		['[::1]:8080', 'http://[::1]:8080', ''],
		['::1', 'http://[::1]', ''],
		['http://[fe80::1]:8080/v1', 'http://[fe80::1]:8080', '/v1'],
		['api.openai.com', 'https://api.openai.com', ''],
		['openrouter.ai/api/v1', 'https://openrouter.ai/api', '/v1'],
		['  "http://gpu:1234"  ', 'http://gpu:1234', ''],
	])('%s', (typed, root, apiPath) => {
		expect(parseAddress(typed)).toEqual({ root, apiPath });
	});

	test.each(['', '   ', 'ftp://gpu', 'http://', 'not an address', 'http://me:secret@gpu'])('refuses %j', (typed) => {
		expect(() => parseAddress(typed)).toThrow(InputError);
	});

	test('a password is not repeated in the message', () => {
		expect(() => parseAddress('http://me:secret@gpu')).toThrow(/user name or a password/);
		expect(() => parseAddress('http://me:secret@gpu')).not.toThrow(/secret/);
	});
});

describe('an address that is shown', () => {
	test.each([
		['http://me:secret@gpu:8080/v1', 'http://gpu:8080/v1'],
		['http://me:sec@ret@gpu', 'http://gpu'],
		['https://gpu/v1?api_key=secret', 'https://gpu/v1'],
		['https://gpu/@scope/v1', 'https://gpu/@scope/v1'],
		['builtin', 'builtin'],
	])('of %j is %j', (url, shown) => {
		expect(shownAddress(url)).toBe(shown);
	});
});
