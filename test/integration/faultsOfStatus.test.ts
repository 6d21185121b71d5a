import { afterEach, describe, expect, test } from 'vitest';
import { ask, Bench, factsOf, MODEL, SOFTWARE } from '../support/providers.ts';
import { ANYWHERE, IN_OWN_WORDS, IN_THE_MIDDLE } from '../support/refusals.ts';

const bench = new Bench();
afterEach(() => bench.dispose());

describe.each(SOFTWARE)('%s', (software) => {
	const rows = [...ANYWHERE, ...IN_OWN_WORDS]
		.filter(([, , , only]) => only?.includes(software) ?? true)
		.map(([name, reply, expected]) => [name, reply, expected] as const);

	test.each(rows)('%s (%j)', async (_, reply, expected) => {
		const server = await bench.start(software, { script: [reply, { text: 'Two.' }] });
		const provider = bench.provider(software, server.url);
		const outcome = await ask(provider);
		const facts = factsOf(outcome);
		expect({ ...facts, retryAfterMs: facts.retryAfterMs, status: facts.status }).toMatchObject({
			server: 'test',
			model: MODEL,
			url: server.url,
			status: reply.status,
			...expected,
		});
		expect(String(outcome.error)).not.toMatch(/<html|undefined|\[object/);
		expect(outcome.delivered).toBe('');
		expect(await ask(provider)).toMatchObject({ text: 'Two.' });
		provider.dispose?.();
		await server.allClosed();
	});
});

test('429 with a date waits until then', async () => {
	const at = new Date(Date.now() + 60_000).toUTCString();
	const server = await bench.start('vLLM', {
		script: [{ status: 429, headers: { 'retry-after': at }, body: 'slow down' }],
	});
	const { retryAfterMs = 0 } = factsOf(await ask(bench.provider('vLLM', server.url)));
	expect(retryAfterMs).toBeGreaterThan(30_000);
	expect(retryAfterMs).toBeLessThanOrEqual(60_000);
});

test.each(IN_THE_MIDDLE)(
	'%s: an error after ten tokens is typed by what it says: %j',
	async (software, body, category) => {
		const text = 'one two three four!!';
		const server = await bench.start(software, { script: [{ text, chunks: 20, fault: 'error-after-start', body }] });
		const outcome = await ask(bench.provider(software, server.url));
		expect(text.startsWith(outcome.delivered)).toBe(true);
		expect(factsOf(outcome).category).toBe(category);
		expect(factsOf(outcome).status).toBeUndefined();
	},
);
