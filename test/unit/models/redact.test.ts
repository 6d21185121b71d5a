import { describe, expect, test } from 'vitest';
import { printable } from '../../../src/core/printable.ts';
import { classifyResponse } from '../../../src/models/http/classify.ts';
import { redact } from '../../../src/models/http/redact.ts';

const KEY = 'sk-SECRET"KEY/abc+def=1234567890';

describe('redact', () => {
	test.each([
		['Authorization: Bearer abc.defghi', 'Authorization: Bearer [key]'],
		['{"authorization": "Token abc"}', '{"authorization": "[key]"}'],
		['x-api-key=abc', 'x-api-key=[key]'],
		['the bearer of news', 'the bearer of news'],
	])('hides what headers name as a key: %j', (text, expected) => {
		expect(redact(text, [])).toBe(expected);
	});

	test.each([
		['as it is', KEY],
		['percent-encoded', encodeURIComponent(KEY)],
		['percent-encoded in lower case', encodeURIComponent(KEY).toLowerCase()],
		['percent-encoded as an address', encodeURI(KEY)],
		['escaped as JSON', JSON.stringify(KEY).slice(1, -1)],
		['escaped as JSON with slashes', JSON.stringify(KEY).slice(1, -1).replaceAll('/', '\\/')],
		['escaped as HTML', KEY.replace('"', '&quot;')],
		['in base64', Buffer.from(KEY).toString('base64').replace(/=+$/, '')],
		['in base64 for addresses', Buffer.from(KEY).toString('base64url')],
		['in upper case', KEY.toUpperCase()],
		['in lower case', KEY.toLowerCase()],
		['with invisible characters', [...KEY].join('\u200b')],
		['with controls', [...KEY].join('\u0000')],
		['with colours', [...KEY].join('\u001b[0m')],
		['cut to its beginning', KEY.slice(0, 12)],
		['cut to the beginning of its base64', Buffer.from(KEY.slice(0, 14)).toString('base64').slice(0, 18)],
	])('hides a key %s, and nothing around it', (_, text) => {
		expect(printable(redact(`got ${text} and ${text}, refused`, [KEY]))).toBe('got [key] and [key], refused');
	});

	test('hides the key of a header without its scheme', () => {
		expect(redact(`got ${KEY}.`, [`Bearer ${KEY}`])).toBe('got [key].');
	});

	test('keeps words that only look like a short key or begin as a header does', () => {
		const secrets = ['ollama', 'https://openrouter.ai/mine'];
		expect(redact('Ollama at https://openrouter.ai/api', secrets)).toBe('Ollama at https://openrouter.ai/api');
		expect(redact('the key is ollama', secrets)).toBe('the key is [key]');
	});

	test('hides a key that a server echoes with invisible characters in every text of the error', () => {
		const site = { server: 'gpu', url: 'http://gpu/v1', secrets: [KEY] };
		const body = JSON.stringify({ error: { message: `refused ${[...KEY].join('\u200b')}` } });
		const error = classifyResponse(site, { status: 401, headers: new Headers(), body });
		expect(printable(error.message)).toContain('refused [key]');
		expect(printable(error.facts.detail ?? '')).toContain('refused [key]');
	});
});
