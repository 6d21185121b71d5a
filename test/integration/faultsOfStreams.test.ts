import { afterEach, describe, expect, test } from 'vitest';
import type { FailureCategory } from '../../src/core/errors.ts';
import { ask, Bench, factsOf, MODEL, SOFTWARE, type Software } from '../support/providers.ts';
import type { Fault, ScriptedReply, ScriptedRequest } from '../support/scriptedServer.ts';

const bench = new Bench();
afterEach(() => bench.dispose());

const TEXT = 'Zwei Monde: „Phobos“ und „Deimos“ – 火星 🛰️!';
/** A server that stays silent is given up after this; the others have all the time they need. */
const SHORT = { connectMs: 5_000, firstByteMs: 150, idleMs: 150 };

const EVENTS: readonly Software[] = ['llama.cpp', 'vLLM', 'Anthropic'];
const OPENAI: readonly Software[] = ['llama.cpp', 'vLLM'];

/** Faults after which the call has failed. */
const FAILURES: readonly [Fault, FailureCategory | readonly FailureCategory[], (readonly Software[])?][] = [
	['hang-before-headers', 'timeout'],
	['pings-before-reply', 'timeout'],
	['hang-in-body', 'timeout'],
	['hang-with-pings', 'timeout'],
	['hang-with-bytes', 'timeout'],
	// Ollama's call takes the connection of a look-up, and what happens to that costs no call.
	['reset', 'connect', EVENTS],
	['close-before-headers', 'connect', EVENTS],
	['not-http', 'server'],
	['cut', 'stream-cut'],
	['reset-in-body', 'stream-cut'],
	['end-without-marker', 'stream-cut'],
	['end-in-line', 'stream-cut'],
	['garbage-line', 'stream-cut'],
	['malformed-json', 'stream-cut'],
	// Where the protocol names the kind of an error, that decides.
	['error-after-start', 'stream-cut', ['Ollama']],
	['error-after-start', 'server', EVENTS],
	['empty', 'empty'],
	['nothing', ['empty', 'stream-cut']],
	['html-in-success', 'server'],
];

/** Faults that leave a transfer without its end. */
const BROKEN_TRANSFERS: ReadonlySet<Fault> = new Set([
	'hang-before-headers',
	'pings-before-reply',
	'hang-in-body',
	'hang-with-pings',
	'hang-with-bytes',
	'reset',
	'close-before-headers',
	'not-http',
	'cut',
	'reset-in-body',
] satisfies Fault[]);

/** Oddities that do no harm. */
const SUCCESSES: readonly [Fault, (readonly Software[])?][] = [
	['split-bytes'],
	['split-lines'],
	['crlf'],
	['byte-order-mark'],
	['usage-twice'],
	['no-space', EVENTS],
	['multi-line-data', EVENTS],
	['empty-choices', OPENAI],
	['no-done', OPENAI],
];

/** Makes a call with the fault and a second one without, and closes up: nothing may stay behind. */
async function play(software: Software, reply: ScriptedReply) {
	const server = await bench.start(software, { script: [reply, { text: 'Two.' }, { text: 'Two.' }] });
	const provider = bench.provider(
		software,
		server.url,
		reply.fault?.includes('hang') || reply.fault?.startsWith('pings') ? { timeouts: SHORT } : {},
	);
	const outcome = await ask(provider);
	// A connection whose transfer ended in good order can be used again; any other has to be closed at once.
	const isBroken = reply.fault !== undefined && BROKEN_TRANSFERS.has(reply.fault);
	if (isBroken) await server.connectionClosed(server.requests[0] as ScriptedRequest);
	expect(await ask(provider)).toMatchObject({ text: 'Two.' });
	provider.dispose?.();
	await server.allClosed();
	return outcome;
}

describe.each(SOFTWARE)('%s', (software) => {
	const isFor = (only: readonly Software[] | undefined) => only?.includes(software) ?? true;

	test.each(FAILURES.filter(([, , only]) => isFor(only)))('%s is a failure: %s', async (fault, category) => {
		const outcome = await play(software, { text: TEXT, fault });
		const facts = factsOf(outcome);
		expect([category].flat()).toContain(facts.category);
		expect(facts).toMatchObject({ server: 'test', model: MODEL });
		expect(String(outcome.error)).toContain('Server "test" (http://127.0.0.1:');
		expect(TEXT.startsWith(outcome.delivered)).toBe(true);
	});

	test.each(SUCCESSES.filter(([, only]) => isFor(only)))('%s does no harm', async (fault) => {
		expect(await play(software, { text: TEXT, fault })).toEqual({ text: TEXT, delivered: TEXT });
	});

	test('a byte that is no UTF-8 costs one character', async () => {
		const { text } = await play(software, { text: TEXT, fault: 'invalid-utf8' });
		expect(text).toBe(TEXT.replace('!', '\ufffd'));
	});

	test('a line of 5 MB is read, one of 20 MB is refused', async () => {
		const line = (megabytes: number): ScriptedReply => ({
			text: 'ab'.repeat(megabytes * 500_000),
			chunks: 1,
			usage: { prompt: 10, completion: 10 },
		});
		expect((await play(software, line(5))).text).toBe(line(5).text);
		expect(factsOf(await play(software, line(20))).category).toBe('stream-cut');
	});

	test('usage that is missing is estimated, usage that comes twice counts once', async () => {
		for (const [reply, isEstimate] of [
			[{ text: TEXT, usage: null }, true],
			[{ text: TEXT, usage: { prompt: 29, completion: 12 }, fault: 'usage-twice' }, false],
		] as const) {
			const server = await bench.start(software, { script: [reply] });
			const messages = [{ role: 'user' as const, content: 'How many moons has Mars?' }];
			const { usage } = await bench
				.provider(software, server.url)
				.chat({ model: MODEL, messages }, () => {}, new AbortController().signal);
			expect(usage.isEstimate).toBe(isEstimate);
			if (!isEstimate) expect(usage).toMatchObject({ promptTokens: 29, completionTokens: 12 });
		}
	});

	test.each(['stale-connection', 'stale-reset'] as const)('%s costs no call', async (fault) => {
		const server = await bench.start(software, { script: [{ text: 'One.', fault }, { text: 'Two.' }] });
		const provider = bench.provider(software, server.url);
		expect((await ask(provider)).text).toBe('One.');
		expect((await ask(provider)).text).toBe('Two.');
	});

	test.each([true, false])('a connection closed while idle is not used again (told: %s)', async (isTold) => {
		const server = await bench.start(software, {
			script: [{ text: 'One.' }, { text: 'Two.' }],
			keepAlive: { idleMs: 30, isTold },
		});
		const provider = bench.provider(software, server.url);
		expect((await ask(provider)).text).toBe('One.');
		await server.allClosed();
		expect((await ask(provider)).text).toBe('Two.');
	});
});
