import * as v from 'valibot';
import { ConfigError, reasonOf } from '../../core/errors.ts';
import { present } from '../../core/present.ts';

const text = v.pipe(v.string(), v.nonEmpty());
const texts = v.array(text);

/**
 * How an answer is graded. `exact` the same text after normalisation; `number` one number; `set` the items named; `pairs`
 * pairs in any order; `choice` one of the choices; `contains` every gold text named and none of `not`; `paths` file paths
 * named; `absent` the answer says that the text does not say; `judged` a model decides.
 */
const graderSchema = v.variant('kind', [
	v.strictObject({ kind: v.literal('exact') }),
	v.strictObject({ kind: v.literal('number'), tolerance: v.exactOptional(v.pipe(v.number(), v.minValue(0))) }),
	v.strictObject({ kind: v.literal('set'), among: v.exactOptional(texts) }),
	v.strictObject({ kind: v.literal('pairs') }),
	v.strictObject({ kind: v.literal('choice'), choices: v.pipe(texts, v.minLength(2)) }),
	v.strictObject({ kind: v.literal('contains'), not: v.exactOptional(texts) }),
	v.strictObject({ kind: v.literal('paths') }),
	v.strictObject({ kind: v.literal('absent') }),
	v.strictObject({ kind: v.literal('judged'), model: v.exactOptional(text), rubric: v.exactOptional(text) }),
]);

export type Grader = v.InferOutput<typeof graderSchema>;

/** Graders without options may be written as their name. */
const PLAIN_GRADERS = ['exact', 'number', 'set', 'pairs', 'contains', 'paths', 'absent', 'judged'] as const;

const goldSchema = v.union([v.string(), v.number(), v.array(v.string()), v.array(v.tuple([v.string(), v.string()]))]);

/** The right answer: a text, a number, a list of texts, or a list of pairs; what fits is up to the grader. */
export type Gold = v.InferOutput<typeof goldSchema>;

const contextSchema = v.union([
	v.strictObject({ text: v.string() }),
	v.strictObject({ path: text }),
	v.strictObject({ paths: v.pipe(texts, v.minLength(1)) }),
]);

const writtenSchema = v.strictObject({
	id: v.exactOptional(text),
	kind: v.exactOptional(text, 'own'),
	question: text,
	context: contextSchema,
	gold: goldSchema,
	grader: v.union([
		graderSchema,
		v.pipe(
			v.picklist(PLAIN_GRADERS),
			v.transform((kind): Grader => ({ kind })),
		),
	]),
});

const recipeSchema = v.strictObject({
	kind: text,
	seed: v.pipe(v.number(), v.integer(), v.minValue(0)),
	bytes: v.pipe(v.number(), v.integer(), v.minValue(512), v.maxValue(64 << 20)),
	/** File of labelled lines, in place of our own messages. */
	labelled: v.exactOptional(text),
});

const generatedSchema = v.strictObject({ id: v.exactOptional(text), generate: recipeSchema });

/** What a generated task is made from. Equal recipes make equal tasks, byte for byte. */
export type Recipe = v.InferOutput<typeof recipeSchema>;

/** A task with its question, context and gold written down. Relative paths start at the folder of the tasks file. */
export type WrittenTask = v.InferOutput<typeof writtenSchema> & { readonly id: string };

/** A task that is made from a recipe when it is needed. */
export interface GeneratedTask {
	readonly id: string;
	readonly generate: Recipe;
}

export type Task = WrittenTask | GeneratedTask;

/** The kind of a task, by which reports group. */
export function kindOfTask(task: Task): string {
	return 'generate' in task ? task.generate.kind : task.kind;
}

/** A generated task with the usual id, such as `needle-32k-1`. */
export function generatedTask(generate: Recipe): GeneratedTask {
	return { id: `${generate.kind}-${sizeName(generate.bytes)}-${generate.seed}`, generate };
}

/** `2k`, `512k`, `2m`: bytes in powers of 1024. */
function sizeName(bytes: number): string {
	const kilobytes = Math.round(bytes / 1024);
	return kilobytes < 1024 ? `${kilobytes}k` : `${Math.round(kilobytes / 1024)}m`;
}

/**
 * Reads tasks, one JSON object a line; empty lines and lines that begin with `//` are skipped.
 * @param where named in errors, usually the file
 * @throws ConfigError that names line and field
 */
export function parseTasks(content: string, where: string): readonly Task[] {
	const ids = new Set<string>();
	const tasks: Task[] = [];
	for (const [index, line] of content.split('\n').entries()) {
		if (line.trim() === '' || line.trimStart().startsWith('//')) continue;
		const place = `${where}:${index + 1}`;
		const task = parseTask(line, place, `task-${index + 1}`);
		if (ids.has(task.id)) throw new ConfigError(place, 'id', `"${task.id}" is already the id of another task`);
		ids.add(task.id);
		tasks.push(task);
	}
	if (tasks.length === 0) throw new ConfigError(where, '', 'there is no task in it');
	return tasks;
}

function parseTask(line: string, place: string, usualId: string): Task {
	const value = parseJson(line, place);
	const isGenerated = typeof value === 'object' && value !== null && 'generate' in value;
	if (isGenerated) {
		const { id, generate } = check(generatedSchema, value, place);
		return id === undefined ? generatedTask(generate) : { id, generate };
	}
	const task = check(writtenSchema, value, place);
	return { ...task, id: task.id ?? usualId };
}

function parseJson(line: string, place: string): unknown {
	try {
		return JSON.parse(line);
	} catch (error) {
		throw new ConfigError(place, '', `is not JSON: ${reasonOf(error)}`);
	}
}

function check<S extends v.GenericSchema>(schema: S, value: unknown, place: string): v.InferOutput<S> {
	const result = v.safeParse(schema, value);
	if (result.success) return result.output;
	const [issue] = result.issues;
	throw new ConfigError(place, v.getDotPath(issue) ?? '', issue.message, TASK_HINT);
}

const TASK_HINT =
	'A task has question, context ({"path": …}, {"paths": […]} or {"text": …}), gold and grader; or generate.';

/** One line of a tasks file. */
export function taskLine(task: Task): string {
	return JSON.stringify(present(task));
}
