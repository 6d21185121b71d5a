import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';

/** A cell that a model wrote, and what it printed then. */
export interface RecordedCell {
	readonly code: string;
	readonly output: string;
	readonly hasError: boolean;
	/** Replies of the sub-calls that the cell made, in order, when the log keeps them with the cell. */
	readonly replies: readonly string[];
	/** Names to bind before the cell, when a new question starts in the same REPL. */
	readonly bindings: Readonly<Record<string, string>>;
}

/** The cells of one agent, which shared a REPL. */
export interface RecordedSession {
	readonly name: string;
	/** The context, or a text of the same length with the same ends when the log holds only those. */
	readonly context: string;
	readonly isContextComplete: boolean;
	readonly cells: readonly RecordedCell[];
	/** Final answers of child agents in the order in which they were started. */
	readonly childAnswers: readonly string[];
}

const stepSchema = v.looseObject({
	event_type: v.picklist(['execution_result', 'code_generated', 'final_result']),
	run_id: v.string(),
	parent_run_id: v.optional(v.string()),
	code: v.optional(v.string()),
	output: v.optional(v.string()),
	hasError: v.optional(v.boolean()),
	result: v.optional(v.unknown()),
});

const iterationSchema = v.looseObject({
	type: v.picklist(['metadata', 'run_context', 'iteration']),
	prompt: v.optional(v.unknown()),
	code_blocks: v.optional(
		v.array(
			v.looseObject({
				code: v.string(),
				result: v.looseObject({
					stdout: v.string(),
					stderr: v.string(),
					rlm_calls: v.optional(v.array(v.looseObject({ response: v.optional(v.unknown()) }))),
				}),
			}),
		),
	),
});

type StepLine = v.InferOutput<typeof stepSchema>;
type IterationLine = v.InferOutput<typeof iterationSchema>;

/** Reads every log below a folder; lines of other formats are reported as problems. */
export async function readLogs(folder: string): Promise<{ sessions: RecordedSession[]; problems: string[] }> {
	const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.jsonl')).sort();
	const sessions: RecordedSession[] = [];
	const problems: string[] = [];
	for (const name of names) {
		const lines = (await readFile(path.join(folder, name), 'utf8')).split('\n').filter((line) => line.trim() !== '');
		const found = sessionsOf(
			name,
			lines.map((line): unknown => JSON.parse(line)),
		);
		if (found) sessions.push(...found);
		else problems.push(`${name}: neither of the two log formats`);
	}
	return { sessions, problems };
}

function sessionsOf(name: string, lines: readonly unknown[]): RecordedSession[] | undefined {
	const steps = v.safeParse(v.array(stepSchema), lines);
	if (steps.success) return agentSessions(name, steps.output);
	const iterations = v.safeParse(v.array(iterationSchema), lines);
	return iterations.success ? [visualizerSession(name, iterations.output)] : undefined;
}

/** Logs with one line a step of one of many agents. */
function agentSessions(name: string, lines: readonly StepLine[]): RecordedSession[] {
	const answers = new Map(lines.filter((l) => l.event_type === 'final_result').map((l) => [l.run_id, text(l.result)]));
	const agents = [...new Set(lines.map((line) => line.run_id))];
	const parentOf = new Map(lines.flatMap((line) => (line.parent_run_id ? [[line.run_id, line.parent_run_id]] : [])));
	return agents.map((agent) => {
		const executed = lines.filter((line) => line.run_id === agent && line.event_type === 'execution_result');
		return {
			name: `${name} ${agent}`,
			...contextFromProbe(executed[0]?.output ?? ''),
			cells: executed.map((line) => ({
				code: line.code ?? '',
				output: line.output ?? '',
				hasError: line.hasError ?? false,
				replies: [],
				bindings: {},
			})),
			childAnswers: agents.filter((one) => parentOf.get(one) === agent).map((one) => answers.get(one) ?? ''),
		};
	});
}

/** These logs start with a cell that prints the length of the context and its first and last 500 characters. */
function contextFromProbe(output: string): { context: string; isContextComplete: boolean } {
	const whole = /\nContext: {2}([\s\S]*)$/.exec(output)?.[1];
	if (whole !== undefined) return { context: whole, isContextComplete: true };
	const length = Number(/Context length: (\d+)/.exec(output)?.[1] ?? 0);
	const first = /First 500 characters of str\(context\): {2}([\s\S]{0,500})/.exec(output)?.[1] ?? '';
	const trimmed = /Last 500 characters of str\(context\): {2}([\s\S]*)$/.exec(output)?.[1] ?? '';
	const last = trimmed + '\n'.repeat(Math.max(0, 500 - [...trimmed].length)); // the recorder trimmed the end
	const missing = Math.max(0, length - [...first].length - [...last].length);
	return { context: first + '.\n'.repeat(Math.ceil(missing / 2)).slice(0, missing) + last, isContextComplete: false };
}

/** Logs with one line an iteration, several blocks each; a new question binds its prompt to the context's names. */
function visualizerSession(name: string, lines: readonly IterationLine[]): RecordedSession {
	const cells: RecordedCell[] = [];
	let bindings: Record<string, string> = {};
	let question = '';
	for (const line of lines) {
		if (line.type === 'run_context') {
			question = text(line.prompt);
			bindings = { completion_context: question, session_context_0: question };
		}
		for (const { code, result } of line.code_blocks ?? []) {
			const replies = (result.rlm_calls ?? []).map((call) => text(call.response));
			cells.push({ code, output: result.stdout, hasError: result.stderr !== '', replies, bindings });
			bindings = {};
		}
	}
	return { name, context: question, isContextComplete: true, cells, childAnswers: [] };
}

function text(value: unknown): string {
	return typeof value === 'string' ? value : JSON.stringify(value ?? '');
}
