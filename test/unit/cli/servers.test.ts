import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../../src/cli/format.ts';
import { renderServers, rowOf } from '../../../src/cli/servers.ts';
import { ModelError } from '../../../src/core/errors.ts';
import type { ServerStatus } from '../../../src/pool/pool.ts';

const STATUSES: readonly ServerStatus[] = [
	{
		server: { id: 'gpu', kind: 'ollama' },
		url: 'http://gpu:11434',
		latencyMs: 12.4,
		report: {
			software: 'Ollama 0.13',
			models: [
				{ name: 'qwen3:8b', contextTokens: 40_960, isLoaded: true },
				{ name: 'llama3:\u001b[31m8b', contextTokens: 8192, isLoaded: false },
			],
		},
	},
	{
		server: { id: 'cloud', kind: 'openai', contextLength: 128_000 },
		url: 'https://api.example.com',
		latencyMs: 1500,
		error: new ModelError('Server "cloud": no connection.', { category: 'connect' }),
	},
];

describe('the table of servers', () => {
	it('has a line for each server, and the error of one that is down below it', () => {
		expect(`\n${renderServers(STATUSES, { width: 120, color: false })}`).toMatchInlineSnapshot(`
			"
			id     kind    url                      state  window  latency  loaded    models
			gpu    ollama  http://gpu:11434         up     41k     12 ms    qwen3:8b  qwen3:8b, llama3:8b
			cloud  openai  https://api.example.com  down   128k    1.5 s    -         -
			  Server "cloud": no connection.
			  Start the server, or correct its URL in the settings. The request was made from the machine that runs RLM."
		`);
	});

	it('fits into the width but for its errors, and is the same text in colors', () => {
		const [heading = '', first = ''] = renderServers(STATUSES, { width: 30, color: false }).split('\n');
		expect(Math.max(columnsOf(heading), columnsOf(first))).toBeLessThanOrEqual(30);
		const colored = renderServers(STATUSES, { width: 120, color: true });
		expect(stripVTControlCharacters(colored)).toBe(renderServers(STATUSES, { width: 120, color: false }));
	});

	it('has the same facts as an object', () => {
		expect(STATUSES.map(rowOf)).toEqual([
			{
				id: 'gpu',
				kind: 'ollama',
				url: 'http://gpu:11434',
				state: 'up',
				software: 'Ollama 0.13',
				models: ['qwen3:8b', 'llama3:\u001b[31m8b'],
				windowTokens: 40_960,
				loaded: ['qwen3:8b'],
				latencyMs: 12,
			},
			{
				id: 'cloud',
				kind: 'openai',
				url: 'https://api.example.com',
				state: 'down',
				models: [],
				windowTokens: 128_000,
				loaded: [],
				latencyMs: 1500,
				error: 'Server "cloud": no connection.',
				hint: expect.stringContaining('Start the server'),
			},
		]);
	});
});
