import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CorpusView } from '../context/corpusView.ts';
import { InputError } from '../core/errors.ts';
import { present } from '../core/present.ts';
import { GENERATED_KINDS, GENERATORS, generatorOf } from '../eval/generate/generators.ts';
import { openTask } from '../eval/tasks/openTask.ts';
import { type GeneratedTask, generatedTask, type Task, taskLine } from '../eval/tasks/task.ts';
import { makeFolder } from '../node/makeFolder.ts';
import { suiteTasks } from './eval.ts';
import { plural } from './format.ts';
import { printSlowly, tell } from './output.ts';
import { EXIT } from './report.ts';

/** Options of `rlm eval generate`. */
export interface EvalGenerateOptions {
	readonly suite?: string;
	readonly kind: readonly string[];
	/** Bytes of each context. */
	readonly size: readonly number[];
	/** Tasks of each kind and size. */
	readonly count: number;
	/** Of the first task of each kind and size. */
	readonly seed: number;
	readonly labelled?: string;
	readonly out?: string;
	/** Folder to write the contexts to, to look at. */
	readonly contexts?: string;
}

/** Prints tasks, one JSON object a line, or writes them to a file. @throws InputError, ConfigError */
export async function evalGenerate(options: EvalGenerateOptions, signal: AbortSignal): Promise<number> {
	const tasks = options.suite === undefined ? ownTasks(options) : suiteTasks(options.suite);
	// Relative paths of a tasks file start at its folder.
	const folder = options.out === undefined ? process.cwd() : path.dirname(path.resolve(options.out));
	const lines = tasks.map(taskLine);
	if (options.contexts !== undefined) await writeContexts(options.contexts, tasks, folder, signal);
	if (options.out === undefined) for (const line of lines) await printSlowly(line);
	else {
		await writeFile(options.out, lines.map((line) => `${line}\n`).join(''));
		tell(`${plural(lines.length, 'task')} in ${options.out}`);
	}
	return EXIT.answered;
}

function ownTasks({ kind, size, count, seed, labelled, out }: EvalGenerateOptions): readonly GeneratedTask[] {
	const file = labelled === undefined || out === undefined ? labelled : path.resolve(labelled);
	const usual =
		labelled === undefined ? GENERATED_KINDS : GENERATED_KINDS.filter((one) => GENERATORS[one]?.takesLabelled);
	return (kind.length > 0 ? kind : usual).flatMap((one) =>
		(size.length > 0 ? size : [8 * 1024]).flatMap((bytes) =>
			Array.from({ length: count }, (_, index) => {
				const recipe = present({ kind: one, seed: seed + index, bytes, labelled: file });
				generatorOf(one);
				return generatedTask(recipe);
			}),
		),
	);
}

/** Writes each context with its question and gold, to look at. */
async function writeContexts(
	target: string,
	tasks: readonly Task[],
	folder: string,
	signal: AbortSignal,
): Promise<void> {
	for (const task of tasks) {
		const { context, question, gold, grader } = await openTask(task, folder, signal);
		const own = path.join(target, task.id);
		const view = new CorpusView(context);
		for (const file of context.files) {
			const place = path.join(own, 'context', file.path);
			if (!path.resolve(place).startsWith(path.resolve(own))) throw new InputError(`${file.path} leads out of ${own}`);
			await makeFolder(path.dirname(place));
			await writeFile(place, view.fileBytes(file));
		}
		await writeFile(path.join(own, 'task.json'), `${JSON.stringify({ question, gold, grader }, undefined, '\t')}\n`);
	}
	tell(`${plural(tasks.length, 'context')} in ${target}`);
}
