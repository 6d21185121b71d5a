import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { InputError } from '../../src/core/errors.ts';

/** Replies of a scripted model: by prompt, or an echo with a prefix; some prompts fail or take their time. */
const scriptSchema = v.strictObject({
	map: v.optional(v.record(v.string(), v.string())),
	echo: v.optional(v.string()),
	fail: v.optional(v.record(v.string(), v.string())),
	fail_all: v.optional(v.string()),
	delay_ms: v.optional(v.record(v.string(), v.number())),
	delay_all_ms: v.optional(v.number()),
});

const limitsSchema = v.strictObject({
	max_output_chars: v.optional(v.number()),
	exec_timeout_ms: v.optional(v.number()),
	max_concurrent: v.optional(v.number()),
	max_iterations: v.optional(v.number()),
	max_consecutive_errors: v.optional(v.number()),
	max_llm_calls: v.optional(v.number()),
	max_total_tokens: v.optional(v.number()),
	max_empty_replies: v.optional(v.number()),
	/** Looks at the context before an answer is accepted; 1 is how the loop works. */
	min_turns: v.optional(v.number()),
});

const stepSchema = v.variant('op', [
	v.strictObject({ op: v.literal('parse'), text: v.string(), finish_reason: v.optional(v.string()) }),
	v.strictObject({
		op: v.literal('init'),
		context: v.optional(v.unknown()),
		contexts: v.optional(v.array(v.unknown())),
		histories: v.optional(v.array(v.unknown())),
		llm: v.optional(scriptSchema),
		rlm: v.optional(scriptSchema),
		tools: v.optional(v.array(v.string())),
		output_fields: v.optional(v.array(v.tuple([v.string(), v.string()]))),
		limits: v.optional(limitsSchema),
		depth: v.optional(v.number()),
		max_depth: v.optional(v.number()),
		memo: v.optional(v.boolean()),
	}),
	v.strictObject({ op: v.literal('exec'), code: v.string() }),
	v.strictObject({
		op: v.literal('run'),
		query: v.string(),
		context: v.unknown(),
		responses: v.array(v.string()),
		limits: v.optional(limitsSchema),
		llm: v.optional(scriptSchema),
		finish_reasons: v.optional(v.array(v.nullable(v.string()))),
		output_schema: v.optional(v.record(v.string(), v.unknown())),
		cancel_after_turn: v.optional(v.number()),
	}),
]);

const caseSchema = v.looseObject({
	id: v.string(),
	steps: v.nullable(v.array(stepSchema)),
	expect: v.nullable(v.record(v.string(), v.unknown())),
});

export type Script = v.InferOutput<typeof scriptSchema>;
export type CaseLimits = v.InferOutput<typeof limitsSchema>;
export type Step = v.InferOutput<typeof stepSchema>;
export type InitStep = Extract<Step, { op: 'init' }>;
export type RunStep = Extract<Step, { op: 'run' }>;
export type Case = v.InferOutput<typeof caseSchema>;
export type Expectation = Readonly<Record<string, unknown>>;

/** A case that could be read, or why it could not. */
export type ReadCase = { readonly id: string; readonly case: Case } | { readonly id: string; readonly problem: string };

/** Reads a file of cases. @throws InputError when the file is no list of cases */
export async function readCases(file: string): Promise<ReadCase[]> {
	const text = await readFile(file, 'utf8').catch((cause: unknown) => {
		throw new InputError(`${file} cannot be read.`, 'Name a JSON file of conformance cases.', { cause });
	});
	const list: unknown = JSON.parse(text);
	if (!Array.isArray(list)) throw new InputError(`${file} is not a JSON list of cases.`);
	return list.map((entry: unknown, index) => {
		const parsed = v.safeParse(caseSchema, entry);
		if (parsed.success) return { id: parsed.output.id, case: parsed.output };
		const issue = parsed.issues[0];
		return { id: idOf(entry) ?? `#${index}`, problem: `${v.getDotPath(issue) ?? ''}: ${issue.message}` };
	});
}

function idOf(entry: unknown): string | undefined {
	const id = typeof entry === 'object' && entry !== null && 'id' in entry ? entry.id : undefined;
	return typeof id === 'string' ? id : undefined;
}
