import type { ModelDescription } from '../ports/model.ts';

/** A variant of the prompts for a family of models. */
export interface PromptProfile {
	readonly name: string;
	/** Completion tokens asked for in an iteration. */
	readonly rootCompletionTokens: number;
	/** Extra rules at the end of the system prompt. */
	readonly rules: readonly string[];
	/** Leaves out what does not fit in a small window. */
	readonly isBrief: boolean;
}

const PROFILES = {
	default: { name: 'default', rootCompletionTokens: 8_192, isBrief: false, rules: [] },
	'small-window': {
		name: 'small-window',
		rootCompletionTokens: 2_048,
		isBrief: true,
		rules: ['Your own memory is small: write short cells and print little.'],
	},
	'few-fat-prompts': {
		name: 'few-fat-prompts',
		rootCompletionTokens: 8_192,
		isBrief: false,
		rules: [
			'Sub-calls are expensive. Never call a model once a line or item: join many items into each prompt until it is nearly full. For 1,000 lines that means a handful of calls, not 1,000.',
		],
	},
	reasoning: {
		name: 'reasoning',
		rootCompletionTokens: 32_768,
		isBrief: false,
		rules: ['Think as long as you need, then keep the reply itself to a short plan and one block.'],
	},
} as const satisfies Readonly<Record<string, PromptProfile>>;

/** Name of a profile. */
export type ProfileName = keyof typeof PROFILES;

/** Names of the profiles, for settings. */
export const PROFILE_NAMES = Object.keys(PROFILES) as readonly ProfileName[];

/** A window below this many tokens is small. */
const SMALL_WINDOW = 16_384;

/** Model families that need a profile of their own. The first pattern that matches the model's name decides. */
const PROFILE_OF_MODEL: readonly (readonly [RegExp, ProfileName])[] = [
	[/qwen.?3.?coder|qwen.?2\.5.?coder|devstral/i, 'few-fat-prompts'],
	[/(^|[/:-])(o[1-9]|gpt-oss|deepseek-r|deepseek-reasoner|qwq|magistral)|thinking|reason/i, 'reasoning'],
];

/** The requested profile, else one chosen by the window and name of the model. An unknown window does not count. */
export function chooseProfile(model: ModelDescription, asked: ProfileName | undefined): PromptProfile {
	const isSmall = model.isContextKnown && model.contextTokens < SMALL_WINDOW;
	const bySize = isSmall ? 'small-window' : undefined;
	const byName = PROFILE_OF_MODEL.find(([pattern]) => pattern.test(model.model))?.[1];
	return PROFILES[asked ?? bySize ?? byName ?? 'default'];
}
