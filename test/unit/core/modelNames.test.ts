import { expect, test } from 'vitest';
import { parametersIn, shownParameters } from '../../../src/core/modelNames.ts';

test.each([
	['qwen2.5-coder:1.5b', 1.5e9],
	['Qwen2.5-Coder-1.5B-Instruct-Q4_K_M.gguf', 1.5e9],
	['/models/SmolLM2-135M-Instruct.Q4_1.gguf', 135e6],
	['Qwen3-30B-A3B-Instruct-2507', 30e9],
	['mixtral:8x7b', 56e9],
	['Qwen2.5-7B-Instruct-1M', 7e9],
	['gemma-3n-E4B-it', 4e9],
	['meta-llama/Llama-3.3-70B-Instruct', 70e9],
	['7.6B', 7.6e9],
	['gpt-5-mini', undefined],
	['phi3.5', undefined],
	['claude-opus-5', undefined],
	['nomic-embed-v1.5', undefined],
	['model-b2b', undefined],
])('the size of %s is %s', (name, parameters) => {
	expect(parametersIn(name)).toBe(parameters);
});

test('sizes are shown as people write them', () => {
	expect([1.54e9, 134_515_008, 30.5e9, 7e9].map(shownParameters)).toEqual(['1.5B', '130M', '31B', '7B']);
});
