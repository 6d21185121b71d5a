// The editor offers what the engine reads: package.json is written from the schema, and nothing is left out unsaid.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { contribution } from '../../../scripts/settings.ts';
import {
	EDITOR_SETTINGS,
	ENGINE_PATHS,
	engineSettings,
	NOT_IN_THE_EDITOR,
} from '../../../src/settings/editorSettings.ts';
import { parseSettings, settingsSchema } from '../../../src/settings/settings.ts';

const root = path.join(import.meta.dirname, '../../..');
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

/** Paths of everything that can be set; a list, a map or a table of limits is one setting. */
function leaves(): readonly string[] {
	return Object.entries(settingsSchema.entries).flatMap(([name, entry]) => {
		if (EDITOR_SETTINGS.some((setting) => setting.path === name) || !('entries' in entry.wrapped)) return [name];
		return Object.keys(entry.wrapped.entries).map((inner) => `${name}.${inner}`);
	});
}

/** The settings as the editor gives them when one is set and the others are not. */
function withOnly(path: string, value: unknown): unknown {
	const defaults = new Map(EDITOR_SETTINGS.map((setting) => [setting.path, setting.default]));
	return engineSettings((asked) => (asked === path ? value : defaults.get(asked)));
}

it('package.json holds what `node scripts/settings.ts` writes', () => {
	const { configuration, restricted } = contribution();
	expect(manifest.contributes.configuration).toEqual(configuration);
	expect(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations).toEqual(restricted);
});

it('every setting of the engine is offered by the editor, or listed as not offered', () => {
	expect([...ENGINE_PATHS, ...Object.keys(NOT_IN_THE_EDITOR)].sort()).toEqual([...leaves()].sort());
});

it('the defaults of the editor are valid and change nothing', () => {
	const defaults = parseSettings(withOnly('', undefined), 'settings');
	expect(defaults).toEqual({
		...{
			servers: [],
			limits: {},
			prices: {},
			context: { exclude: {}, allowSecrets: [] },
			sandbox: {},
			health: { intervalSeconds: 30 },
		},
		...{ strategy: 'adaptive', cloudUse: 'balanced', hedging: false, memo: false, strictEvidence: false, mode: 'auto' },
		voters: 3,
		telemetry: { content: false },
	});
});

describe('what is set in the editor reaches the engine', () => {
	it.each([
		['servers', [{ id: 'a', kind: 'ollama' }]],
		['rootModel', 'a/big'],
		['subModel', 'a/small'],
		['limits', { iterations: 3 }],
		['context.exclude', { '**/x': true }],
		['context.allowSecrets', ['.env.test']],
		['context.directBelowTokens', 16_000],
		['context.directBelowTokens', 0],
		['strategy', 'roundRobin'],
		['cloudUse', 'never'],
		['prices', { m: { promptUsd: 1, completionUsd: 2 } }],
		['hedging', true],
		['memo', true],
		['strictEvidence', true],
		['mode', 'vote'],
		['voters', 5],
		['profile', 'reasoning'],
		['health.intervalSeconds', 60],
		['sandbox.isolation', 'process'],
		['sandbox.url', 'http://10.0.0.5:8377'],
		['sandbox.tokenEnv', 'TOKEN'],
		['telemetry.otlpEndpoint', 'http://127.0.0.1:4318'],
		['telemetry.content', true],
	])('%s', (setting, value) => {
		expect(parseSettings(withOnly(setting, value), 'settings')).toHaveProperty(setting, value);
	});

	it.each(EDITOR_SETTINGS.filter(({ path: name }) => ENGINE_PATHS.includes(name)))(
		'the examples of $path are valid',
		({ path: setting, examples = [] }) => {
			for (const example of examples) parseSettings(withOnly(setting, example), 'example');
		},
	);

	it('a mistake is reported by field, as in a configuration file', () => {
		const wrong = withOnly('profile', 'few-fat-promts');
		expect(() => parseSettings(wrong, 'settings rlm')).toThrow(
			/settings rlm: profile: expected one of "auto", "default"/,
		);
	});
});

it('the core names no setting: each way in says what its own are called', () => {
	const core = path.join(root, 'src/core');
	const sources = readdirSync(core, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
	const dotted = EDITOR_SETTINGS.map((setting) => setting.path).filter((name) => name.includes('.'));
	for (const file of sources) {
		const text = readFileSync(path.join(core, file), 'utf8');
		expect(
			dotted.filter((name) => text.includes(name)),
			file,
		).toEqual([]);
	}
	expect(sources.length).toBeGreaterThan(10);
});
