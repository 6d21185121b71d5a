import { describe, expect, test } from 'vitest';
import { isLoopback, withoutBrackets } from '../../../src/node/loopback.ts';

describe('this machine', () => {
	test.each([
		'localhost',
		'LOCALHOST',
		'127.0.0.1',
		'127.255.0.9',
		'::1',
		'[::1]',
		'0:0:0:0:0:0:0:1',
		'::ffff:127.0.0.1',
		'[::ffff:7f00:1]',
	])('is %s', (host) => expect(isLoopback(host)).toBe(true));

	test.each([
		...['127.999.999.999', '127.1', '127.0.0.1.evil.example', '127.0.0.1.', '0.0.0.0', '::', '[::]', '128.0.0.1', ''],
		...[
			'localhost.evil.example',
			'[127.0.0.1]',
			'[localhost]',
			'::ffff:10.0.0.1',
			'[::1',
			'::1]',
			'2130706433',
			'0x7f.0.0.1',
		],
	])('is not %j', (host) => expect(isLoopback(host)).toBe(false));

	test('is listened on without the brackets of a URL', () => {
		expect(['[::1]', '::1', '127.0.0.1', '[odd'].map(withoutBrackets)).toEqual(['::1', '::1', '127.0.0.1', '[odd']);
	});
});
