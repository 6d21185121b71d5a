import type { ContextSummary, Limits } from '../events.ts';
import type { ModelDescription, ModelOffer } from '../ports/model.ts';
import type { HostTool, OutputField } from '../ports/sandbox.ts';
import { BUNDLED_MODULES } from './bundledModules.ts';
import { subCallCharacters } from './capacity.ts';
import { describeModels } from './models.ts';
import type { PromptProfile } from './profiles.ts';

/** What the system prompt depends on. */
export interface PromptFacts {
	readonly profile: PromptProfile;
	readonly contexts: readonly ContextSummary[];
	readonly histories: number;
	readonly subModel: ModelDescription;
	/** Models that code may name; the usual one need not be among them. */
	readonly offers: readonly ModelOffer[];
	readonly limits: Limits;
	/** True when `rlm_query` starts child runs here. */
	readonly canRecurse: boolean;
	readonly tools: Readonly<Record<string, HostTool>>;
	readonly outputFields: readonly OutputField[] | undefined;
	/** What the answer must look like, if it is checked. */
	readonly outputDescription: string | undefined;
}

/** The fixed first message of a run. */
export function systemPrompt(facts: PromptFacts): string {
	const parts = [INTRODUCTION, showing(facts), names(facts), working(facts), finishing(facts)];
	return [...parts, ...facts.profile.examples].join('\n\n');
}

const INTRODUCTION = `You answer a question about a context that is too large to read. You see only a sample of it. You work in a Python REPL that holds it: you write code, it runs, you see what it printed, and so on, until your code hands in the answer.

Write one block of code in each iteration, like this, and then stop:
\`\`\`repl
print(context[:1000])
\`\`\`
The REPL runs the block as a cell. Only the REPL runs code; never write its output yourself. Variables, functions and imports live on from cell to cell.`;

function showing({ limits }: PromptFacts): string {
	return `You are shown what a cell prints and the value of its last expression, at most ${limits.outputCharacters} characters (beginning and end). Print counts and samples, never the whole context; keep results in variables.`;
}

function names(facts: PromptFacts): string {
	const { contexts, subModel, limits, canRecurse } = facts;
	const capacity = subCallCharacters(subModel);
	const lines = ['What is there:', ...contextNames(contexts, facts.profile.isBrief)];
	lines.push(
		`- llm_query(prompt): asks a language model that sees only this prompt; put the text to read into it, at most ${capacity} characters in all. Returns text.`,
		`- llm_query_batched(prompts): many prompts at once, same limit each; returns a list in the same order. Prefer it to a loop. At most ${limits.callsPerCell} calls a cell. A failed call gives text that starts with "Error:".`,
	);
	lines.push(...callOptions(facts));
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

function callOptions({ profile, subModel, offers }: PromptFacts): string[] {
	const lines = profile.isBrief
		? []
		: [
				'- Both also take system=, temperature=, max_tokens=, stop=; choices=[…] or schema= (a Python type or JSON schema) makes replies checked values.',
			];
	const models = describeModels(subModel, offers);
	return models === undefined ? lines : [...lines, `- Both take model=, one of: ${models}`];
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
		'Start from the sample in the first message, then look further: search, structure. Never guess what the context holds.',
		'Let code do what code does exactly: search, count, filter, sort. Use llm_query for what must be read: meaning, judgement, summaries.',
		`Fill prompts well: up to ${subCallCharacters(facts.subModel)} characters each, at most about 20 prompts at a time.`,
		'Print the answer you are about to give and check it before you hand it in.',
		...facts.profile.rules,
	];
	return `How to work:\n${rules.map((rule, index) => `${index + 1}. ${rule}`).join('\n')}`;
}

function finishing({ outputFields, outputDescription, contexts }: PromptFacts): string {
	const lines = [
		'When you know the answer, hand it in from a cell: FINAL(value), or FINAL_VAR("name") for a variable; it is taken when the cell ends. The value itself is the answer, not a plan or a description of it.',
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
