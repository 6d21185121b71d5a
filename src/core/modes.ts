/** Ways to an answer. `auto` chooses among the others. */
export const MODES = ['auto', 'direct', 'guided', 'explore', 'vote'] as const;

/** A mode that a user can ask for. */
export type Mode = (typeof MODES)[number];

/** A mode that a run is in. */
export type Way = Exclude<Mode, 'auto'>;

/** Runs that vote when nobody says how many, the fewest that can agree, and the most that a question is worth. */
export const VOTERS = { usual: 3, least: 2, most: 9 } as const;

/** The modes that a run can be in. */
export const WAYS: readonly Way[] = MODES.filter((mode) => mode !== 'auto');

/** Why a run is in a mode. */
export type ModeReason =
	/** It was asked for. */
	| { readonly kind: 'asked' }
	/** The whole context, about so many tokens, reads well in one call. */
	| { readonly kind: 'fits'; readonly tokens: number }
	/** The context, about so many tokens, is too large for one call. */
	| { readonly kind: 'too-large'; readonly tokens: number }
	/** The question asks for something to be computed, which code does better than reading. */
	| { readonly kind: 'computed' }
	/** The question is about many records, and the model is too small to judge them all in one call. */
	| { readonly kind: 'each-record' }
	/** The model is too small to lead a conversation over many iterations. */
	| { readonly kind: 'small-model' }
	/** The answer is a value with a schema, or the context is one, so code is needed. */
	| { readonly kind: 'value' }
	/** It is a child run. */
	| { readonly kind: 'child' }
	/** It is one of several runs that vote on the answer. */
	| { readonly kind: 'voter' }
	/** The built-in engine makes its own plans. */
	| { readonly kind: 'builtin' }
	/** The mode before needs a sandbox for code, and none could start. */
	| { readonly kind: 'no-sandbox' }
	/** The mode before led to no answer. */
	| { readonly kind: 'led-nowhere'; readonly from: Way };

/** Names the way of a run, with the plan that it follows: `guided (table)`. */
export function wayText(mode: Way, plan: string | undefined): string {
	return plan === undefined ? mode : `${mode} (${plan})`;
}

/** Says the reason in a sentence. */
export function inWords(reason: ModeReason): string {
	switch (reason.kind) {
		case 'asked':
			return 'It was asked for.';
		case 'fits':
			return `The whole context (about ${reason.tokens} tokens) fits into one call, so the model reads it directly.`;
		case 'too-large':
			return `The context (about ${reason.tokens} tokens) is too large to be read in one call.`;
		case 'computed':
			return 'The question asks for a figure, which code finds more reliably than reading.';
		case 'each-record':
			return 'The question is about many records, which a small model judges better one by one.';
		case 'small-model':
			return 'The model is too small for a long conversation, so a plan leads it in short steps.';
		case 'value':
			return 'The answer or the context is a value, which takes code.';
		case 'child':
			return 'It is a child run.';
		case 'voter':
			return 'It is one of several runs that vote on the answer.';
		case 'builtin':
			return 'The built-in engine makes its own plans.';
		case 'no-sandbox':
			return 'The sandbox for code could not start, so the answer is found without code.';
		case 'led-nowhere':
			return `The mode ${reason.from} gave no answer.`;
	}
}
