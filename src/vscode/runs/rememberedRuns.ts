import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isUnderWay, type RunInfo } from './run.ts';

/** Most runs in the list. The journals of others stay on disk. */
const MAX_RUNS = 200;
/** The file is rewritten when it has more lines than this. */
const MAX_LINES = 1000;
/** Most characters kept of a question. */
const MAX_QUESTION = 500;

/**
 * Keeps the runs of this workspace across reloads and crashes of the window in a file with a line for every change,
 * written at once, so that a run is known from its beginning. What happened in the runs is in their journals.
 */
export class RememberedRuns {
	readonly #file: string;
	#infos: Map<string, RunInfo> | undefined;

	/** @param file created on the first change */
	constructor(file: string) {
		this.#file = file;
	}

	/** Lists runs, newest first. One that was under way when last written belongs to a closed window. */
	list(): readonly RunInfo[] {
		this.#infos ??= this.#read();
		return [...this.#infos.values()].sort((one, other) => other.startedAt - one.startedAt).slice(0, MAX_RUNS);
	}

	/** Adds or replaces a run. @throws an error of the file system */
	save(run: RunInfo): void {
		const { question, contextLabel, state, startedAt, endedAt, journal, origin } = run;
		const what = { question: question.slice(0, MAX_QUESTION), contextLabel, state, origin };
		const info = { id: run.id, ...what, startedAt, endedAt, journal };
		this.#infos ??= this.#read();
		this.#infos.set(run.id, info);
		mkdirSync(path.dirname(this.#file), { recursive: true });
		appendFileSync(this.#file, `${JSON.stringify(info)}\n`, { mode: 0o600 });
	}

	/** Removes a run. @throws an error of the file system */
	forget(id: string): void {
		this.#infos?.delete(id);
		// Keep what other windows of this workspace have written since.
		const written = new Map(
			readLines(this.#file)
				.flatMap(parse)
				.map((info) => [info.id, info]),
		);
		if (written.delete(id)) this.#rewrite(written);
	}

	#read(): Map<string, RunInfo> {
		const lines = readLines(this.#file);
		const infos = new Map(lines.flatMap(parse).map((info) => [info.id, interrupted(info)]));
		if (lines.length > MAX_LINES) this.#rewrite(infos);
		return infos;
	}

	#rewrite(infos: ReadonlyMap<string, RunInfo>): void {
		const kept = [...infos.values()].slice(-MAX_RUNS).map((info) => `${JSON.stringify(info)}\n`);
		writeFileSync(this.#file, kept.join(''), { mode: 0o600 });
	}
}

/** Reads the lines; none without a file. */
function readLines(file: string): string[] {
	try {
		return readFileSync(file, 'utf8').split('\n');
	} catch {
		return [];
	}
}

/** Parses a line; nothing for one that a crash cut off. */
function parse(line: string): RunInfo[] {
	try {
		const value: Partial<RunInfo> | null = JSON.parse(line);
		const isInfo =
			typeof value?.id === 'string' && typeof value.state === 'string' && typeof value.question === 'string';
		return isInfo ? [value as RunInfo] : [];
	} catch {
		return [];
	}
}

function interrupted(info: RunInfo): RunInfo {
	return isUnderWay(info.state) ? { ...info, state: 'interrupted' } : info;
}
