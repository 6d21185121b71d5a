import * as v from 'valibot';
import { VOTERS } from '../core/modes.ts';
import { AUTO } from './choices.ts';
import { DEFAULTS } from './defaults.ts';
import { count } from './fields.ts';

/** When to ask before a question about the whole workspace sends parts of it to a server. */
export const ASK_BEFORE = ['remote', 'always', 'never'] as const;
export type AskBefore = (typeof ASK_BEFORE)[number];

/** Settings of the editor only. The engine does not read them, so no configuration file has them. */
export const editorOnlySchema = v.strictObject({
	context: v.strictObject({ askBeforeWorkspace: v.picklist(ASK_BEFORE) }),
	panel: v.strictObject({ openOnRun: v.boolean() }),
	statusBar: v.strictObject({ enabled: v.boolean() }),
	codeLens: v.strictObject({ enabled: v.boolean() }),
	history: v.strictObject({ maxRuns: count }),
});

/** How the editor offers a setting. Its schema says what it may hold. */
export interface EditorSetting {
	/** Path below `rlm.` */
	readonly path: string;
	/** `null` where "nothing" is a separate value and no text or choice of the setting stands for it. */
	readonly default: unknown;
	readonly scope: 'machine' | 'machine-overridable' | 'resource' | 'window';
	/** An untrusted workspace cannot set it. */
	readonly isRestricted?: true;
	readonly examples?: readonly unknown[];
}

/** Every setting in the editor, in the order in which people need them. */
export const EDITOR_SETTINGS: readonly EditorSetting[] = [
	{
		path: 'servers',
		default: [],
		scope: 'machine-overridable',
		isRestricted: true,
		examples: [
			[
				{ id: 'gpu-1', kind: 'ollama', url: 'http://10.0.0.2:11434', models: ['qwen3:32b'], roles: ['root'] },
				{
					id: 'gpu-2',
					kind: 'openai',
					url: 'http://10.0.0.3:8000/v1',
					models: ['Qwen/Qwen3-8B'],
					roles: ['sub'],
					maxConcurrent: 8,
				},
			],
		],
	},
	{ path: 'rootModel', default: AUTO, scope: 'machine-overridable', isRestricted: true },
	{ path: 'subModel', default: AUTO, scope: 'machine-overridable', isRestricted: true },
	{
		path: 'limits',
		default: {},
		scope: 'machine-overridable',
		isRestricted: true,
		examples: [{ iterations: 10, costUsd: 1, seconds: 600 }],
	},
	{
		path: 'context.exclude',
		default: {},
		scope: 'resource',
		isRestricted: true,
		examples: [{ '**/*.snap': true, '**/*.map': false }],
	},
	// A workspace must not decide what may leave the machine.
	{
		path: 'context.allowSecrets',
		default: [],
		scope: 'machine',
		isRestricted: true,
		examples: [['.env.test', 'certificates/*.pem']],
	},
	{ path: 'context.directBelowTokens', default: null, scope: 'machine-overridable', isRestricted: true },
	{ path: 'context.askBeforeWorkspace', default: 'remote', scope: 'machine' },
	{ path: 'strategy', default: DEFAULTS.strategy, scope: 'machine-overridable', isRestricted: true },
	{ path: 'cloudUse', default: DEFAULTS.cloudUse, scope: 'machine-overridable', isRestricted: true },
	{
		path: 'prices',
		default: {},
		scope: 'machine-overridable',
		isRestricted: true,
		examples: [
			{
				'gpu-1/*': { promptUsd: 0, completionUsd: 0 },
				'claude-opus-*': { promptUsd: 4, completionUsd: 20, cachedPromptUsd: 0.2 },
			},
		],
	},
	{ path: 'hedging', default: DEFAULTS.hedging, scope: 'machine-overridable', isRestricted: true },
	{ path: 'memo', default: DEFAULTS.memo, scope: 'machine-overridable', isRestricted: true },
	{ path: 'mode', default: AUTO, scope: 'resource' },
	{ path: 'strictEvidence', default: DEFAULTS.strictEvidence, scope: 'resource' },
	{ path: 'voters', default: VOTERS.usual, scope: 'machine-overridable', isRestricted: true },
	{ path: 'profile', default: AUTO, scope: 'machine-overridable', isRestricted: true },
	{
		path: 'health.intervalSeconds',
		default: DEFAULTS.healthIntervalSeconds,
		scope: 'machine-overridable',
		isRestricted: true,
	},
	{ path: 'sandbox.isolation', default: AUTO, scope: 'machine-overridable', isRestricted: true },
	// A workspace must not choose the machine that code and texts are sent to.
	{ path: 'sandbox.url', default: '', scope: 'machine', isRestricted: true, examples: ['http://10.0.0.5:8377'] },
	{ path: 'sandbox.tokenEnv', default: '', scope: 'machine', isRestricted: true, examples: ['RLM_SANDBOX_TOKEN'] },
	{
		path: 'telemetry.otlpEndpoint',
		default: '',
		scope: 'machine',
		isRestricted: true,
		examples: ['http://127.0.0.1:4318'],
	},
	{ path: 'telemetry.content', default: DEFAULTS.telemetryContent, scope: 'machine', isRestricted: true },
	{ path: 'panel.openOnRun', default: true, scope: 'window' },
	{ path: 'statusBar.enabled', default: true, scope: 'window' },
	{ path: 'codeLens.enabled', default: false, scope: 'resource' },
	{ path: 'history.maxRuns', default: 500, scope: 'machine' },
];

/** Settings that the engine reads but the editor does not offer, each with the reason. */
export const NOT_IN_THE_EDITOR: Readonly<Record<string, string>> = {};

/** Paths of the settings that the editor passes to the engine. */
export const ENGINE_PATHS: readonly string[] = EDITOR_SETTINGS.map(({ path }) => path).filter(
	(path) => !isEditorOnly(path),
);

export function isEditorOnly(path: string): boolean {
	const [room = '', name = ''] = path.split('.');
	const entries: Readonly<Record<string, { readonly entries: object }>> = editorOnlySchema.entries;
	return Object.hasOwn(entries, room) && Object.hasOwn(entries[room]?.entries ?? {}, name);
}

/**
 * The editor's settings for the engine. Empty texts and `null` in the editor leave a setting unset.
 * @param get returns the value at a path
 */
export function engineSettings(get: (path: string) => unknown): unknown {
	const settings: Record<string, unknown> = {};
	for (const path of ENGINE_PATHS) {
		const value = get(path);
		if (value === undefined || value === null || value === '') continue;
		const [name = '', inner] = path.split('.');
		settings[name] = inner === undefined ? value : { ...(settings[name] as object | undefined), [inner]: value };
	}
	return settings;
}
