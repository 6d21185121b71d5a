import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/core/limits.ts';
import type { ModelDescription } from '../../../src/core/ports/model.ts';
import { BUNDLED_MODULES } from '../../../src/core/prompt/bundledModules.ts';
import { subCallCharacters } from '../../../src/core/prompt/capacity.ts';
import { firstMessage } from '../../../src/core/prompt/messages.ts';
import { headAndTail } from '../../../src/core/prompt/output.ts';
import { chooseProfile } from '../../../src/core/prompt/profiles.ts';
import { type PromptFacts, systemPrompt } from '../../../src/core/prompt/systemPrompt.ts';
import { estimateTokens } from '../../../src/core/tokens.ts';

function model(name: string, contextTokens = 32_768): ModelDescription {
	return { model: name, server: 's', contextTokens, isContextKnown: true, isBuiltin: false, canPrefill: false };
}

function facts(changes: Partial<PromptFacts> = {}): PromptFacts {
	const contexts = [{ kind: 'files' as const, label: 'folder src', bytes: 10, lines: 2, files: 2, leftOut: [] }];
	return {
		profile: chooseProfile(model('llama3'), undefined),
		contexts,
		histories: 0,
		subModel: model('llama3'),
		offers: [],
		limits: DEFAULT_LIMITS,
		canRecurse: false,
		tools: {},
		outputFields: undefined,
		outputDescription: undefined,
		...changes,
	};
}

describe('the system prompt', () => {
	it('states one capacity of sub-calls everywhere, computed from the served window', () => {
		const prompt = systemPrompt(facts({ subModel: model('small', 8_192) }));
		const capacity = subCallCharacters(model('small', 8_192));
		expect(prompt.match(new RegExp(`\\b${capacity}\\b`, 'g'))).toHaveLength(2);
		expect(capacity).toBeLessThan(8_192 * 4);
	});

	it('mentions child runs only where there are any', () => {
		expect(systemPrompt(facts())).not.toContain('rlm_query');
		expect(systemPrompt(facts({ canRecurse: true }))).toContain('rlm_query');
	});

	it('names the bundled packages in one line, in each profile', () => {
		for (const name of ['llama3', 'qwen3-coder', 'gpt-oss']) {
			const profile = chooseProfile(model(name), undefined);
			const lines = systemPrompt(facts({ profile })).split('\n');
			expect(lines.filter((line) => BUNDLED_MODULES.every((module) => line.includes(module)))).toHaveLength(1);
		}
	});

	it('is short enough for small local models', () => {
		const small = chooseProfile(model('tiny', 4_096), undefined);
		expect(estimateTokens(systemPrompt(facts({ profile: small })))).toBeLessThan(1_100);
	});

	it('names the fields of a typed answer', () => {
		const prompt = systemPrompt(facts({ outputFields: [{ name: 'score', type: 'int' }] }));
		expect(prompt).toContain('SUBMIT(score: int)');
	});
});

describe('the profile', () => {
	it.each([
		['qwen3-coder:30b', 65_536, 'few-fat-prompts'],
		['deepseek-reasoner', 65_536, 'reasoning'],
		['llama3.1:8b', 8_192, 'small-window'],
		['gpt-4o', 128_000, 'default'],
	])('of %s with a window of %i tokens is %s', (name, contextTokens, profile) => {
		expect(chooseProfile(model(name, contextTokens), undefined).name).toBe(profile);
	});

	it('can be overridden', () => {
		expect(chooseProfile(model('gpt-4o', 128_000), 'small-window').name).toBe('small-window');
	});

	it('goes by the name of the model when the window is unknown, however small the assumed one is', () => {
		const chosen = (name: string) => chooseProfile({ ...model(name, 8_192), isContextKnown: false }, undefined).name;
		expect(chosen('qwen3-coder:30b')).toBe('few-fat-prompts');
		expect(chosen('gpt-oss:20b')).toBe('reasoning');
		expect(chosen('llama3.1:8b')).toBe('default');
	});
});

it('opens with the question, the size of the context and what was looked at for the model', () => {
	const sample = { texts: ['Endings: .ts 2.'], isWhole: false };
	const message = firstMessage('What is it?', facts().contexts, sample, 'Iteration 1 of 30.');
	expect(message).toContain('<question>\nWhat is it?\n</question>');
	expect(message).toContain('folder src: 2 files, 2 lines, 10 bytes of UTF-8\nEndings: .ts 2.\n</context>');
});

it('keeps head and tail of a long output and says how much there was', () => {
	const shown = headAndTail(`${'a'.repeat(600)}${'b'.repeat(600)}`, 100);
	expect(shown).toMatch(/^a{50}\n.*1100 of 1200.*\nb{50}$/s);
	expect(headAndTail('short', 100)).toBe('short');
});
