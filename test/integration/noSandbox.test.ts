// A machine on which no sandbox starts: questions about texts are answered without code, and the run says so.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processScript, workerScript } from '../../src/assets.ts';
import { textContext } from '../../src/context/corpus.ts';
import type { RunEvent } from '../../src/core/events.ts';
import type { Mode } from '../../src/core/modes.ts';
import { createEngine, type Engine, type EngineRequest } from '../../src/engine.ts';
import { parseSettings } from '../../src/settings/settings.ts';
import { block, isRootCall, observe, ofType } from '../support/runs.ts';
import { type ScriptedServer, startScriptedServer } from '../support/scriptedServer.ts';

const NETS = 'The harbour was calm and the crew mended nets all day long.\n';
const FACT = 'On 9 March Wilk repaired the winch.\n';

let model: ScriptedServer;
let engine: Engine;

beforeEach(async () => {
	model = await startScriptedServer({
		kind: 'openai',
		script: (request) => {
			if (isRootCall(request) && request.messages.length > 1) return { text: block('print(len(context))') };
			return { text: request.text.includes('Wilk') ? 'Wilk repaired the winch.' : 'NOT FOUND' };
		},
	});
	engine = createEngine({
		settings: parseSettings({ servers: [model.settings('gpu', { contextLength: 32_768, maxConcurrent: 4 })] }, 'test'),
		apiKey: async () => undefined,
		vaultFolder: '/nowhere',
		workerScript,
		processScript,
	});
});

afterEach(async () => {
	await engine.dispose();
	await model.stop();
});

async function ask(mode: Mode, text: string, request: Partial<EngineRequest> = {}) {
	const contexts = [await textContext({ label: 'log', path: 'log.txt', text })];
	const run = await observe(engine, { query: 'Who repaired the winch?', contexts, mode, ...request });
	return { result: await run.ended, modes: modesIn(run.events), events: run.events };
}

function modesIn(events: readonly RunEvent[]): string[] {
	return ofType(events, 'mode-start')
		.filter(({ parentId }) => parentId === undefined)
		.map(({ mode, reason }) => `${mode} ${reason.kind}`);
}

describe('without a sandbox', () => {
	it('a short text is read directly, which needs none', async () => {
		const { result, modes } = await ask('auto', NETS + FACT);
		expect(result).toMatchObject({ outcome: 'answered', answer: 'Wilk repaired the winch.' });
		expect(modes).toEqual(['direct fits']);
	});

	it('a text that code would have been better for is read directly', async () => {
		const query = 'Who repaired the winch most often, and how many times?';
		const { result, modes, events } = await ask('auto', NETS.repeat(60) + FACT, { query });
		expect(result).toMatchObject({ outcome: 'answered', answer: 'Wilk repaired the winch.', mode: 'direct' });
		expect(modes).toEqual(['explore computed', 'direct no-sandbox']);
		expect(
			ofType(events, 'notice')
				.map(({ text }) => text)
				.join(),
		).toContain('Code cannot run here');
	});

	it('a large text is searched and read by a plan', async () => {
		const { result, modes, events } = await ask('auto', NETS.repeat(3_000) + FACT + NETS.repeat(1_000));
		expect(result).toMatchObject({ outcome: 'answered', answer: 'Wilk repaired the winch.', mode: 'guided' });
		expect(modes).toEqual(['explore too-large', 'guided no-sandbox']);
		expect(ofType(events, 'code-start')).toEqual([]);
	});

	it('a plan that needs code makes room for one that does not', async () => {
		const query = 'How many times was the winch repaired, and who did it most often?';
		const { result, modes, events } = await ask('guided', NETS.repeat(60) + FACT, { query });
		expect(result).toMatchObject({ outcome: 'answered', answer: 'Wilk repaired the winch.' });
		expect(modes).toEqual(['guided asked', 'guided no-sandbox']);
		expect(ofType(events, 'plan-start').map(({ plan }) => plan)).toEqual(['table', 'locate']);
	});

	it('a vote is held all the same', async () => {
		const { result, modes } = await ask('vote', NETS + FACT);
		expect(result).toMatchObject({ outcome: 'answered', answer: 'Wilk repaired the winch.' });
		expect(modes).toEqual(['vote asked']);
	});

	it('an answer that is not found says that code may find it', async () => {
		const { result } = await ask('auto', NETS.repeat(4_000));
		expect(result.outcome).toBe('partial');
		expect(result.answer).toContain('code, which may find it, cannot run here');
	});

	it.each([
		['explore was asked for', 'explore' as const, {}],
		['the answer is a value', 'auto' as const, { outputFields: [{ name: 'who', type: 'str' as const }] }],
	])('a run fails when %s, and the error says what to do', async (_why, mode, request) => {
		const { result } = await ask(mode, NETS + FACT, request);
		expect(result).toMatchObject({ outcome: 'failed', error: { code: 'sandbox' } });
		expect(result.error?.hint).toContain('`direct`');
	});
});
