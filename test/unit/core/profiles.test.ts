import { describe, expect, it } from 'vitest';
import type { ModelDescription, ModelOffer } from '../../../src/core/ports/model.ts';
import { describeModels } from '../../../src/core/prompt/models.ts';
import { chooseProfile, PROFILE_NAMES } from '../../../src/core/prompt/profiles.ts';
import { parseSettings } from '../../../src/settings/settings.ts';

const model = (name: string, facts: Partial<ModelDescription> = {}): ModelDescription => ({
	...{ model: name, server: 's', contextTokens: 32_768, isContextKnown: true, isBuiltin: false, canPrefill: false },
	...facts,
});
const chosen = (...asked: Parameters<typeof model>) => chooseProfile(model(...asked), undefined).name;

describe('the profile by what the server tells', () => {
	it.each<readonly [string, Partial<ModelDescription>, string]>([
		['default', { parameters: 1_543_714_304 }, 'small-model'],
		['default', { parameters: 70e9 }, 'default'],
		['my-coder', { aliases: ['/models/Qwen2.5-Coder-32B-Instruct-Q4_K_M.gguf'] }, 'few-fat-prompts'],
		['assistant', { aliases: ['Qwen/Qwen2.5-Coder-1.5B-Instruct'] }, 'small-model'],
		['lora', { aliases: ['mit-oasys/rlm-qwen3-30b-a3b-v0.1'] }, 'official'],
		['llama3.1:8b', { contextTokens: 8_192 }, 'small-window'],
		['llama3.1:8b', { contextTokens: 8_192, isContextKnown: false }, 'default'],
	])('of %s with %j is %s', (name, facts, profile) => {
		expect(chosen(name, facts)).toBe(profile);
	});

	it('counts more than the name', () => {
		expect(chosen('tiny-1b', { parameters: 80e9 })).toBe('default');
	});
});

describe('the profile by the name', () => {
	it.each([
		['qwen2.5-coder:1.5b', 'small-model'],
		['SmolLM2-135M-Instruct.Q4_1.gguf', 'small-model'],
		['deepseek-r1:1.5b', 'small-model'],
		['qwen3-coder:30b', 'few-fat-prompts'],
		['gpt-oss:20b', 'reasoning'],
		['rlm-qwen3-30b-a3b-v0.1', 'official'],
		['mit-oasys/rlm-qwen3-30b-a3b-v0.1', 'official'],
		['omar81939/rlm-qwen35-35b-a3b', 'default'],
		['gpt-5-mini', 'default'],
	])('of %s is %s', (name, profile) => {
		expect(chosen(name)).toBe(profile);
	});
});

it('is cool for code, and leaves models that reason to their own temperature', () => {
	for (const name of PROFILE_NAMES) {
		const { root } = chooseProfile(model('any'), name);
		expect([name, root.temperature]).toEqual([name, ['reasoning', 'official'].includes(name) ? undefined : 0.2]);
	}
});

it('that is misspelt in the settings is an error with the name that was meant', () => {
	try {
		parseSettings({ profile: 'few-fat-promts' }, 'rlm.config.json');
		expect.unreachable();
	} catch (error) {
		expect(error).toMatchObject({ hint: 'Did you mean "few-fat-prompts"?' });
	}
});

describe('the models that code may ask', () => {
	const big: ModelOffer = { model: 'big', parameters: 70e9, contextTokens: 131_072 };
	const paid: ModelOffer = { model: 'paid', price: { promptUsd: 3, completionUsd: 15 } };

	it('are not named when there is one', () => {
		expect(describeModels(model('usual'), [])).toBeUndefined();
		expect(describeModels(model('usual'), [{ model: 'usual' }])).toBeUndefined();
	});

	it('are named with what they are good for, the usual one first', () => {
		const usual = model('usual', { parameters: 1.5e9 });
		expect(describeModels(usual, [big, { model: 'usual' }, paid])).toBe(
			'"usual" (used when none is named, 1.5B parameters, window of 32768 tokens); ' +
				'"big" (70B parameters, window of 131072 tokens); "paid" ($3 in, $15 out per million tokens)',
		);
	});

	it('are named without a window that is only assumed', () => {
		expect(describeModels(model('usual', { isContextKnown: false }), [paid])).not.toContain('window');
	});
});
