import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { collectPaths } from '../../context/collect.ts';
import { filesContext, textContext } from '../../context/corpus.ts';
import { contextBytes } from '../../core/contextSummary.ts';
import { InputError } from '../../core/errors.ts';
import { DEFAULT_LIMITS } from '../../core/limits.ts';
import type { TextContext } from '../../core/ports/context.ts';
import { generate } from '../generate/generators.ts';
import { parseLabelled } from '../generate/labelled.ts';
import type { Made } from '../generate/made.ts';
import { type Gold, type Grader, kindOfTask, type Recipe, type Task, type WrittenTask } from './task.ts';

/** A task with its context in memory. */
export interface OpenTask {
	readonly id: string;
	readonly kind: string;
	readonly question: string;
	readonly context: TextContext;
	/** UTF-8 bytes of the context. */
	readonly bytes: number;
	readonly gold: Gold;
	readonly grader: Grader;
}

/**
 * Reads or makes the context of a task.
 * @param folder where its relative paths start
 * @throws InputError, ConfigError, CancelledError
 */
export async function openTask(task: Task, folder: string, signal: AbortSignal): Promise<OpenTask> {
	const opened =
		'generate' in task ? await openGenerated(task.generate, folder) : await openWritten(task, folder, signal);
	return { id: task.id, kind: kindOfTask(task), bytes: contextBytes(opened.context), ...opened };
}

type Opened = Pick<OpenTask, 'question' | 'context' | 'gold' | 'grader'>;

async function openGenerated(recipe: Recipe, folder: string): Promise<Opened> {
	const lines = recipe.labelled === undefined ? undefined : await readLabelled(recipe.labelled, folder);
	const { files, ...made } = generate(recipe, lines);
	return { ...made, context: await contextOf(files) };
}

/** Size of a labelled file, bytes. */
const MOST_LABELLED_BYTES = 64 << 20;

async function readLabelled(file: string, folder: string) {
	const place = path.resolve(folder, file);
	try {
		const found = await stat(place);
		if (!found.isFile() || found.size > MOST_LABELLED_BYTES) {
			throw new InputError(`${file} is no plain file of at most ${MOST_LABELLED_BYTES >> 20} MiB`);
		}
		return parseLabelled(await readFile(place, 'utf8'), file);
	} catch (error) {
		if (!(error instanceof Error && 'errno' in error)) throw error;
		throw new InputError(`${file} cannot be read: ${error.message}`, undefined, { cause: error });
	}
}

async function contextOf(files: Made['files']): Promise<TextContext> {
	const [first] = files;
	if (first && files.length === 1) return textContext({ label: first.path, ...first });
	const encoded = files.map(({ path: name, text }) => ({ path: name, bytes: new TextEncoder().encode(text) }));
	return filesContext({ label: 'folder', files: encoded, leftOut: [] });
}

async function openWritten(task: WrittenTask, folder: string, signal: AbortSignal): Promise<Opened> {
	const { question, context, gold, grader } = task;
	const read =
		'text' in context
			? await textContext({ label: 'text', path: 'text.txt', text: context.text })
			: await collectPaths('path' in context ? [context.path] : context.paths, {
					base: folder,
					maxBytes: DEFAULT_LIMITS.contextBytes,
					signal,
				});
	return { question, context: read, gold, grader };
}
