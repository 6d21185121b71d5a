import { parametersIn } from '../modelNames.ts';
import type { CallOptions, ModelDescription, ModelFacts, Prefill } from '../ports/model.ts';

/** How a model of a family is asked, in both roles, and with which of the prompts. */
export interface PromptProfile {
	readonly name: string;
	/** Completion tokens asked for in an iteration. */
	readonly rootCompletionTokens: number;
	/** How replies of the root model are written. A call that sets an option itself keeps it. */
	readonly root: Sampling & { readonly prefill?: Prefill };
	/** How replies to sub-calls are written, where code says nothing else. */
	readonly sub: Sampling;
	/** Extra rules at the end of the system prompt. */
	readonly rules: readonly string[];
	/** Worked examples at the end of the system prompt, each a whole paragraph. */
	readonly examples: readonly string[];
	/** Iterations that it was trained for. */
	readonly mostIterations?: number;
	/** Completion tokens of a sub-call, where code asks for none. */
	readonly subCompletionTokens?: number;
	/** Leaves out what does not fit in a small window. */
	readonly isBrief: boolean;
	/** Frames the whole conversation as RLM models were trained, in place of our own prompts. */
	readonly isOfficial?: true;
	/** Answers in short calls with one task each instead of one conversation. */
	readonly isStepwise?: true;
}

type Sampling = Pick<CallOptions, 'temperature' | 'topP' | 'thinking'>;

/** Code wants the likely token; a little warmth keeps a model from repeating itself. */
const COOL = { temperature: 0.2 };
/** Replies to sub-calls are read by code, and a thought before them only costs. */
const QUICK = { temperature: 0.2, thinking: false };

const DEFAULT: PromptProfile = {
	name: 'default',
	rootCompletionTokens: 8_192,
	root: COOL,
	sub: QUICK,
	rules: [],
	examples: [],
	isBrief: false,
};

const PROFILES = {
	default: DEFAULT,
	'small-window': {
		...DEFAULT,
		name: 'small-window',
		rootCompletionTokens: 2_048,
		isBrief: true,
		rules: ['Your own memory is small: write short cells and print little.'],
	},
	'small-model': {
		...DEFAULT,
		name: 'small-model',
		rootCompletionTokens: 2_048,
		isBrief: true,
		isStepwise: true,
		root: { ...COOL, thinking: false },
		rules: ['Write short, simple cells: one step each.'],
	},
	'few-fat-prompts': {
		...DEFAULT,
		name: 'few-fat-prompts',
		rules: [
			'Sub-calls are expensive. Never call a model once a line or item: join many items into each prompt until it is nearly full. For 1,000 lines that means a handful of calls, not 1,000.',
		],
	},
	reasoning: {
		...DEFAULT,
		name: 'reasoning',
		rootCompletionTokens: 32_768,
		// Makers set their own temperature for these, and a low one makes them think in circles.
		root: {},
		sub: { thinking: false },
		rules: ['Think as long as you need, then keep the reply itself to a short plan and one block.'],
	},
	official: {
		...DEFAULT,
		name: 'official',
		rootCompletionTokens: 4_096,
		mostIterations: 20,
		subCompletionTokens: 4_096,
		root: { thinking: false },
		sub: { thinking: false },
		isOfficial: true,
	},
} as const satisfies Readonly<Record<string, PromptProfile>>;

/** Name of a profile. */
export type ProfileName = keyof typeof PROFILES;

/** Names of the profiles, for settings. */
export const PROFILE_NAMES = Object.keys(PROFILES) as readonly ProfileName[];

/** A window below this many tokens is small. */
const SMALL_WINDOW = 16_384;
/** A model with fewer parameters is small, whatever it was trained for. */
const SMALL_MODEL = 5e9;

/** Models that were trained on the official scaffold. */
const TRAINED = /(^|\/)mit-oasys\/rlm-|(^|\/)rlm-qwen3-/i;

/** Families that need a profile of their own. The first pattern that matches a name of the model decides. */
const PROFILE_OF_FAMILY: readonly (readonly [RegExp, ProfileName])[] = [
	[/qwen.?3.?coder|qwen.?2\.5.?coder|devstral/i, 'few-fat-prompts'],
	[/(^|[/:-])(o[1-9]|gpt-oss|deepseek-r|deepseek-reasoner|qwq|magistral)|thinking|reason/i, 'reasoning'],
];

/**
 * The requested profile, else one by what the server tells of the model: its training, its size, its window, its family.
 * Names stand in for what it does not tell. An unknown window does not count.
 */
export function chooseProfile(model: ModelDescription, asked: ProfileName | undefined): PromptProfile {
	return PROFILES[asked ?? byFacts(model)];
}

function byFacts(model: ModelDescription): ProfileName {
	const names = [model.model, ...(model.aliases ?? [])];
	if (names.some((name) => TRAINED.test(name))) return 'official';
	if (isSmall(model)) return 'small-model';
	if (model.isContextKnown && model.contextTokens < SMALL_WINDOW) return 'small-window';
	const family = PROFILE_OF_FAMILY.find(([pattern]) => names.some((name) => pattern.test(name)));
	return family?.[1] ?? 'default';
}

/** Whether a model has few parameters; one whose size nobody tells counts as large. */
export function isSmall(model: ModelFacts & { readonly model: string }): boolean {
	return (sizeOf(model) ?? Number.POSITIVE_INFINITY) < SMALL_MODEL;
}

/** Parameters of a model: as the server counts them, else as its names say. */
export function sizeOf({
	parameters,
	aliases = [],
	model,
}: ModelFacts & { readonly model: string }): number | undefined {
	if (parameters !== undefined) return parameters;
	for (const name of [model, ...aliases]) {
		const size = parametersIn(name);
		if (size !== undefined) return size;
	}
	return undefined;
}
