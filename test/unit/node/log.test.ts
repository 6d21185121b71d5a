import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createLog, type LogFormat, type LogLevel } from '../../../src/node/log.ts';
import { logRequests } from '../../../src/node/requestLog.ts';

function collected(level: LogLevel, format: LogFormat = 'text') {
	const entries: string[] = [];
	return { entries, log: createLog({ level, format, write: (entry) => entries.push(entry) }) };
}

describe('a log', () => {
	it.each([
		['error', 1],
		['warn', 2],
		['info', 3],
		['debug', 4],
	] as const)('of level %s says %i of four entries', (level, count) => {
		const { entries, log } = collected(level);
		for (const name of ['error', 'warn', 'info', 'debug'] as const) log[name](name);
		expect(entries).toHaveLength(count);
	});

	it('has a line for people, in which no value can be mistaken for another', () => {
		const { entries, log } = collected('info');
		log.info('request', { path: '/a b" status=200\n2026 error forged', ms: 3, session: undefined, cut: true });
		log.error('defect: Error\n    at somewhere');
		expect(entries[0]).toMatch(
			/^\d{4}-\d\d-\d\dT[\d:.]+Z info {2}request path="\/a b\\" status=200 2026 error forged" ms=3 cut=true$/,
		);
		expect(entries[1]?.split('\n')[1]).toBe('        at somewhere');
	});

	it('has one object per line for programs', () => {
		const { entries, log } = collected('info', 'json');
		log.warn('run ends', { run: 'a', costUsd: 0.5, reason: undefined, name: 'x\u202ey\n' });
		expect(entries[0]).not.toMatch(/[\n\u202e]/);
		expect(JSON.parse(entries[0] ?? '')).toEqual({
			...{ time: expect.any(String), level: 'warn', message: 'run ends' },
			...{ run: 'a', costUsd: 0.5, name: 'x\u202ey\n' },
		});
	});
});

describe('the log of requests', () => {
	const server = createServer((request, response) => {
		if (request.url === '/broken') response.writeHead(500);
		if (request.url === '/endless') response.write('x');
		else response.end('four');
	});

	afterEach(() => {
		server.close();
		server.closeAllConnections();
	});

	it('has method, path, status, time and bytes of each, and never its query', async () => {
		const { entries, log } = collected('debug');
		logRequests(server, log);
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
		for (const path of ['/a?token=secret', '/health', '/broken']) await (await fetch(`${url}${path}`)).text();
		const gone = new AbortController();
		const response = await fetch(`${url}/endless`, { signal: gone.signal });
		gone.abort();
		expect(response.status).toBe(200);
		await expect.poll(() => entries.length).toBe(4);
		const shapes = entries.map((entry) => entry.replace(/^\S+ /, '').replace(/ms=\d+ bytes=\d\d+/, 'ms=1 bytes=99'));
		expect(shapes).toEqual([
			'info  request method=GET path=/a status=200 ms=1 bytes=99',
			'debug request method=GET path=/health status=200 ms=1 bytes=99',
			'warn  request method=GET path=/broken status=500 ms=1 bytes=99',
			'info  request method=GET path=/endless status=200 ms=1 bytes=99 cut=true',
		]);
	});
});
