import { appendFile, lstat, readFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { codeOf, InputError } from '../../core/errors.ts';
import { makeFolder } from '../../node/makeFolder.ts';
import { replaceFile } from '../../node/replaceFile.ts';
import { parseTasks, type Task, taskLine } from '../tasks/task.ts';

const amount = v.pipe(v.number(), v.minValue(0));

const resultSchema = v.object({
	version: v.literal(1),
	/** Id of the task. */
	task: v.string(),
	kind: v.string(),
	/** UTF-8 bytes of the context. */
	bytes: amount,
	mode: v.string(),
	/** The model as the evaluation names it. */
	model: v.string(),
	/** Server and model that answered; absent when none did. */
	answeredBy: v.exactOptional(v.string()),
	/** From 1. */
	repeat: amount,
	outcome: v.picklist(['answered', 'partial', 'failed']),
	/** Why the outcome is partial or failed. */
	reason: v.exactOptional(v.string()),
	/** The beginning of the answer. */
	answer: v.string(),
	/** What would have been right, shortened. */
	gold: v.string(),
	isCorrect: v.boolean(),
	score: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
	/** What the grader read. */
	note: v.string(),
	/** Present when the judge gave no verdict; such a result counts neither as right nor as wrong. */
	ungraded: v.exactOptional(v.string()),
	promptTokens: amount,
	cachedPromptTokens: amount,
	completionTokens: amount,
	/** Some of the tokens are estimates. */
	isEstimate: v.boolean(),
	/** Requests to models. */
	calls: amount,
	iterations: amount,
	/** USD; a lower bound when there are `unpricedCalls`. */
	costUsd: amount,
	unpricedCalls: amount,
	/** USD of the judge. */
	judgeUsd: v.exactOptional(amount),
	durationMs: amount,
	/** When it ended, ISO 8601. */
	at: v.string(),
});

/** How one task went in one mode with one model. */
export type Result = v.InferOutput<typeof resultSchema>;

/** What identifies a result: an evaluation has at most one for each. */
export type ResultKey = Pick<Result, 'task' | 'mode' | 'model' | 'repeat'>;

function keyText({ task, mode, model, repeat }: ResultKey): string {
	return JSON.stringify([task, mode, model, repeat]);
}

/** What an evaluation has found so far, in a folder: one line a result, appended as it comes. */
export interface ResultStore {
	readonly results: readonly Result[];
	/** Unreadable lines, such as one cut by a power failure. */
	readonly damagedLines: number;
	has(key: ResultKey): boolean;
	add(result: Result): Promise<void>;
}

const RESULTS = 'results.jsonl';
const TASKS = 'tasks.jsonl';

/** @throws InputError when there is no evaluation in the folder */
export async function readResults(folder: string): Promise<ResultStore> {
	const content = await contentOf(path.join(folder, RESULTS));
	if (content === undefined) {
		throw new InputError(`there is no evaluation in ${folder}`, `rlm eval --out ${folder} makes one.`);
	}
	return new FolderStore(folder, content);
}

/**
 * Opens the folder of an evaluation, which is made when it is not there.
 * @throws InputError when it holds results of other tasks of the same names
 */
export async function openResults(folder: string, tasks: readonly Task[]): Promise<ResultStore> {
	await makeFolder(folder);
	for (const name of [TASKS, RESULTS]) await requirePlain(path.join(folder, name));
	await keepTasks(path.join(folder, TASKS), tasks);
	return new FolderStore(folder, (await contentOf(path.join(folder, RESULTS))) ?? '');
}

/**
 * Refuses what is no plain file: a folder that came from somebody else may hold links to files of the user.
 * @throws InputError
 */
async function requirePlain(file: string): Promise<void> {
	const found = await lstat(file).catch(() => undefined);
	if (found === undefined || found.isFile()) return;
	throw new InputError(`${file} is a link or no file`, 'Remove it, or choose another folder with --out.');
}

/** Writes a file anew, and nothing else: neither it nor its draft may be a link. @throws InputError */
export async function writeWhole(file: string, content: string): Promise<void> {
	await requirePlain(file);
	await replaceFile(file, content);
}

/** Remembers the tasks that the results are about. */
async function keepTasks(file: string, tasks: readonly Task[]): Promise<void> {
	const content = await contentOf(file);
	const known = new Map(
		(content === undefined ? [] : parseTasks(content, file)).map((task) => [task.id, taskLine(task)]),
	);
	for (const task of tasks) {
		const line = taskLine(task);
		if ((known.get(task.id) ?? line) !== line) {
			throw new InputError(`${file} has another task "${task.id}"`, 'Choose another folder with --out.');
		}
		known.set(task.id, line);
	}
	await writeWhole(file, [...known.values()].map((line) => `${line}\n`).join(''));
}

class FolderStore implements ResultStore {
	readonly results: Result[] = [];
	readonly damagedLines: number;
	readonly #file: string;
	readonly #keys = new Set<string>();
	/** A line that was cut gets its end before the next one. */
	#isCut: boolean;
	#writing: Promise<void> = Promise.resolve();

	constructor(folder: string, content: string) {
		this.#file = path.join(folder, RESULTS);
		this.#isCut = content !== '' && !content.endsWith('\n');
		const lines = content.split('\n').filter((line) => line !== '');
		let damaged = 0;
		for (const line of lines) {
			const result = parseResult(line);
			if (result) this.#keep(result);
			else damaged++;
		}
		this.damagedLines = damaged;
	}

	has(key: ResultKey): boolean {
		return this.#keys.has(keyText(key));
	}

	add(result: Result): Promise<void> {
		this.#keep(result);
		const line = `${this.#isCut ? '\n' : ''}${JSON.stringify(result)}\n`;
		this.#isCut = false;
		this.#writing = this.#writing.then(() => appendFile(this.#file, line));
		return this.#writing;
	}

	/** The first graded result of a key counts; one without a grade is made again. */
	#keep(result: Result): void {
		const key = keyText(result);
		if (this.#keys.has(key)) return;
		const earlier = this.results.findIndex((one) => keyText(one) === key);
		if (earlier >= 0) this.results.splice(earlier, 1);
		this.results.push(result);
		if (result.ungraded === undefined) this.#keys.add(key);
	}
}

function parseResult(line: string): Result | undefined {
	try {
		const parsed = v.safeParse(resultSchema, JSON.parse(line));
		return parsed.success ? parsed.output : undefined;
	} catch {
		return undefined; // counted by the caller
	}
}

async function contentOf(file: string): Promise<string | undefined> {
	try {
		return await readFile(file, 'utf8');
	} catch (error) {
		if (codeOf(error) === 'ENOENT') return undefined;
		throw error;
	}
}
