import type { ContextSummary, Limits } from '../events.ts';
import type { ModelDescription } from '../ports/model.ts';
import type { CellResult, HostTool, OutputField } from '../ports/sandbox.ts';
import { charactersFor, estimateTokens } from '../tokens.ts';
import { BUNDLED_MODULES } from './bundledModules.ts';

/** A variant of the prompts for a family of models. */
export interface PromptProfile {
	readonly name: string;
	/** Completion tokens asked for in a root turn. */
	readonly rootCompletionTokens: number;
	/** Extra rules at the end of the system prompt. */
	readonly rules: readonly string[];
	/** Leaves out what a small window cannot afford. */
	readonly isBrief: boolean;
}

const PROFILES: Readonly<Record<string, PromptProfile>> = {
	default: { name: 'default', rootCompletionTokens: 8_192, isBrief: false, rules: [] },
	'small-window': {
		name: 'small-window',
		rootCompletionTokens: 2_048,
		isBrief: true,
		rules: ['Your own memory is small: write short blocks and print little.'],
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
};

/** Families that are known to need a profile of their own; the first pattern that matches the model's name decides. */
const PROFILE_OF_MODEL: readonly (readonly [RegExp, string])[] = [
	[/qwen.?3.?coder|qwen.?2\.5.?coder|devstral/i, 'few-fat-prompts'],
	[/(^|[/:-])(o[1-9]|gpt-oss|deepseek-r|deepseek-reasoner|qwq|magistral)|thinking|reason/i, 'reasoning'],
];

/** Names of the profiles, for settings. */
export const PROFILE_NAMES: readonly string[] = Object.keys(PROFILES);

/** The profile asked for, else by window and name of the model. */
export function chooseProfile(model: ModelDescription, asked: string | undefined): PromptProfile {
	const byName = PROFILE_OF_MODEL.find(([pattern]) => pattern.test(model.model))?.[1];
	const bySize = model.contextTokens < 16_384 ? 'small-window' : undefined;
	return profile(asked) ?? profile(bySize) ?? profile(byName) ?? profile('default') ?? unreachable();
}

function profile(name: string | undefined): PromptProfile | undefined {
	return name !== undefined && Object.hasOwn(PROFILES, name) ? PROFILES[name] : undefined;
}

function unreachable(): never {
	throw new Error('the default profile is missing');
}

/** Completion tokens left free for the reply to a sub-call. */
export function subCompletionTokens(model: ModelDescription): number {
	return Math.min(8_192, Math.floor(model.contextTokens / 4));
}

/** Characters that one sub-call prompt can hold: computed from the window that is really served. */
export function subCallCharacters(model: ModelDescription): number {
	return charactersFor(model.contextTokens - subCompletionTokens(model));
}

/** What the system prompt depends on. */
export interface PromptFacts {
	readonly profile: PromptProfile;
	readonly contexts: readonly ContextSummary[];
	readonly histories: number;
	readonly subModel: ModelDescription;
	readonly limits: Limits;
	/** True when `rlm_query` starts child runs here. */
	readonly canRecurse: boolean;
	readonly tools: Readonly<Record<string, HostTool>>;
	readonly outputFields: readonly OutputField[] | undefined;
	/** What the answer must look like, when it is checked. */
	readonly outputDescription: string | undefined;
}

/** The fixed first message of a run. */
export function systemPrompt(facts: PromptFacts): string {
	return [INTRODUCTION, showing(facts), names(facts), working(facts), finishing(facts)].join('\n\n');
}

const INTRODUCTION = `You answer a question about a context that is too large to read. You never see the context itself. You work in a Python REPL that holds it: you write code, it runs, you see what it printed, and so on, until your code hands in the answer.

Write one block of code a turn, like this, and then stop:
\`\`\`repl
print(len(context))
\`\`\`
Only the REPL runs code; never write its output yourself. Variables, functions and imports live on from turn to turn.`;

function showing({ limits }: PromptFacts): string {
	return `You are shown what a block prints and the value of its last expression, at most ${limits.outputCharacters} characters (beginning and end). Print counts and samples, never the whole context; keep results in variables.`;
}

function names(facts: PromptFacts): string {
	const { contexts, subModel, limits, canRecurse } = facts;
	const capacity = subCallCharacters(subModel);
	const lines = ['What is there:', ...contextNames(contexts, facts.profile.isBrief)];
	lines.push(
		`- llm_query(prompt): asks a language model that sees only this prompt; put the text to read into it, at most ${capacity} characters in all. Returns text.`,
		`- llm_query_batched(prompts): many prompts at once, same limit each; returns a list in the same order. Prefer it to a loop. At most ${limits.callsPerCell} calls a block. A failed call gives text that starts with "Error:".`,
	);
	if (canRecurse) {
		lines.push(
			'- rlm_query(prompt, context=None), rlm_query_batched(prompts, contexts=None): like llm_query, but the model gets a REPL of its own over the given text (or over this whole context). For parts that are themselves too large or need several steps. Slower; use few.',
		);
	}
	if (!facts.profile.isBrief) {
		lines.push(
			'- await allm_query(prompt): the same in async code. SHOW_VARS(): your variables. budget(): what is left of the limits. memory: a dict kept between questions.',
		);
	}
	if (facts.histories > 0)
		lines.push('- history: earlier messages of this conversation, a list of {"role", "content"}.');
	for (const [name, tool] of Object.entries(facts.tools)) {
		lines.push(`- ${tool.signature ?? `${name}(...)`}: ${tool.description}`);
	}
	lines.push(
		`- The standard library (re, json, math, collections, itertools, datetime, textwrap, statistics, asyncio are imported; sqlite3 works), and ${BUNDLED_MODULES.join(', ')}. No network, no numpy or pandas.`,
	);
	return lines.join('\n');
}

function contextNames(contexts: readonly ContextSummary[], isBrief: boolean): string[] {
	const first = contexts[0];
	const lines =
		first?.kind === 'files'
			? [
					'- files: mapping path -> text; files.paths, files.size(path). `context`: all files in one str, each after a line "===== path =====" (large: prefer files, grep and search).',
				]
			: first?.kind === 'json'
				? ['- context: a Python value.']
				: ['- context: the text, a str.'];
	if (contexts.length > 1)
		lines.push(`- context_0 … context_${contexts.length - 1}: all contexts; context is context_0.`);
	if (first?.kind !== 'json') {
		lines.push(
			'- grep(pattern, paths=None, ignore_case=False, max_results=200): matching lines as objects with .path .line .text; search(query, k=10): best passages with .path .start_line .end_line .text. Both are fast on any size.',
		);
		if (!isBrief) {
			lines.push(
				'- chunks(paths=None, size=20000, overlap=0): pieces with .path .start_line .end_line .text; outline(path): definitions and headings with .kind .name .line.',
			);
		}
		lines.push('- cite(path, line, end_line=None): records evidence for the answer.');
	}
	return lines;
}

function working(facts: PromptFacts): string {
	const rules = [
		'Look at the context first: its size, a sample, its structure. Never guess what it holds.',
		'Let code do what code does exactly: search, count, filter, sort. Use llm_query for what must be read: meaning, judgement, summaries.',
		`Fill prompts well: up to ${subCallCharacters(facts.subModel)} characters each, at most about 20 prompts at a time.`,
		'Print the answer you are about to give and check it before you hand it in.',
		...facts.profile.rules,
	];
	return `How to work:\n${rules.map((rule, index) => `${index + 1}. ${rule}`).join('\n')}`;
}

function finishing({ outputFields, outputDescription, contexts }: PromptFacts): string {
	const lines = [
		'When you know the answer, hand it in from a block: FINAL(value), or FINAL_VAR("name") for a variable. The value itself is the answer, not a plan or a description of it.',
	];
	if (contexts[0]?.kind === 'files') lines.push('In the answer, name your evidence as path:line.');
	if (outputFields) {
		const fields = outputFields.map((field) => `${field.name}: ${field.type}`).join(', ');
		lines.push(`The answer has fields: hand it in with SUBMIT(${fields}).`);
	}
	if (outputDescription) lines.push(`The answer must be: ${outputDescription}`);
	lines.push('If limits run out, hand in the best you have and say what is missing.');
	return lines.join(' ');
}

/**
 * The user message that opens a run: the question and what the context is.
 * @param earlier what was said before in the conversation
 */
export function firstMessage(
	query: string,
	contexts: readonly ContextSummary[],
	turns: string,
	earlier?: string,
): string {
	return [
		`<question>\n${query}\n</question>`,
		`<context>\n${contexts.map(describeContext).join('\n')}\n</context>`,
		...(earlier === undefined ? [] : [`<earlier>\n${earlier}\n</earlier>`]),
		turns,
	].join('\n\n');
}

function describeContext(summary: ContextSummary, index: number): string {
	const size =
		summary.kind === 'json'
			? `${summary.bytes} bytes as JSON`
			: `${summary.files === 1 ? '' : `${summary.files} files, `}${summary.lines} lines, ${summary.bytes} bytes of UTF-8`;
	return `context_${index}: ${summary.kind}, ${summary.label}: ${size}`;
}

/** The note on turns that stands at the end of each new user message, and only there. */
export function turnNote(next: number, limits: Limits): string {
	if (next > limits.iterations) return 'There are no turns left.';
	const last = next === limits.iterations ? ' This is the last one: hand in your best answer now.' : '';
	return `Turn ${next} of ${limits.iterations}.${last}`;
}

/** Output of the blocks of one turn, as the root model is shown it. */
export function outputMessage(results: readonly CellResult[], limits: Limits, notes: readonly string[]): string {
	const outputs = results.map((result, index) => {
		const title = results.length > 1 ? `Output of block ${index + 1}:` : 'Output:';
		return `${title}\n${shownOutput(result, limits.outputCharacters)}`;
	});
	return [...outputs, ...notes].join('\n\n');
}

/** What the root model is shown of one cell: what was printed, the error, notices. */
export function shownOutput(result: CellResult, maxCharacters: number): string {
	const parts = [result.stdout.trimEnd()];
	if (result.stderr.trim() !== '') parts.push(`stderr:\n${result.stderr.trimEnd()}`);
	if (result.error) parts.push(result.error.traceback.trimEnd());
	if (result.error?.hint) parts.push(`Hint: ${result.error.hint}`);
	if (result.restart) parts.push(result.restart.explanation);
	const text = headAndTail(parts.filter((part) => part !== '').join('\n'), maxCharacters);
	return [text === '' ? '(no output)' : text, ...result.notices].join('\n');
}

/** The beginning and the end of a long text, with a line in between that says what is missing. */
export function headAndTail(text: string, maxCharacters: number): string {
	// The sandbox has already cut each stream; this bounds their sum, with room for its own mark of the cut.
	if (text.length <= maxCharacters + 200) return text;
	const half = Math.floor(maxCharacters / 2);
	const cut = text.length - 2 * half;
	return `${text.slice(0, half)}\n... [${cut} of ${text.length} characters left out] ...\n${text.slice(-half)}`;
}

/** Asks for the answer when a limit has been reached. */
export function salvageMessage(why: string): string {
	return `The run ends now: ${why}. Reply with your best answer from what you have seen so far, as FINAL(your answer) on a line of its own, or FINAL_VAR(name) for a variable that holds it. No further code or calls. Say what is missing.`;
}

/** Asks for the summary that replaces the conversation when the window is nearly full. */
export const COMPACTION_REQUEST =
	'The conversation nearly fills your window. Write a summary that lets you go on without it: what the question needs, what you found (with figures, names and paths), which variables hold what, what is left to do. Plain text, no code.';

/** The user message that opens the conversation after a compaction. */
export function compactedMessage(first: string, summary: string, variables: string): string {
	return `${first}\n\n<summary>\n${summary.trim()}\n</summary>\n\nThe REPL is unchanged. Your variables: ${variables || 'none'}. The earlier messages are in \`history\`.`;
}

/** The one message of a direct call, when the whole context fits into the model's window. */
export function directMessage(query: string, text: string): string {
	return `Answer the question from the text below alone. Name your evidence as path:line where the text has files.\n\n<question>\n${query}\n</question>\n\n<text>\n${text}\n</text>`;
}

/** Tokens of a conversation, estimated. */
export function conversationTokens(messages: readonly { readonly content: string }[]): number {
	return messages.reduce((sum, message) => sum + estimateTokens(message.content) + 4, 0);
}
