import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { reasonOf } from '../core/errors.ts';
import type { RunEvent } from '../core/events.ts';
import { makeFolder } from '../node/makeFolder.ts';
import { JOURNAL_FORMAT, JOURNAL_VERSION } from './format.ts';

export { readJournal } from './readJournal.ts';

/** Longer strings are stored once and referenced. Characters. */
const LONG_TEXT_CHARACTERS = 200;

/** Characters of lines that may wait for the disk. */
const WAITING_CHARACTERS = 32 << 20;

/** The journal of one run, written as the run proceeds. */
export interface Journal {
	/** Path of the file; it exists once the first line is written. */
	readonly path: string;
	/** Why writing stopped, with the file in its message; undefined as long as writing works. */
	readonly failure: Error | undefined;
	/** Takes an event. Never waits and never throws: writing happens in the background. */
	append(event: RunEvent): void;
	/** Waits while much remains to be written: a slow disk slows the run down instead of filling the memory. */
	room(): Promise<void>;
	/** Waits until everything is on disk, then closes the file. Never rejects. Idempotent. */
	close(): Promise<void>;
}

/**
 * Starts the journal of a run: `<folder>/<date>-<runId>.jsonl`, with the date in UTC so that names sort by time.
 * Creates a missing folder. Only the user can read the file: it holds full prompts and replies. If it cannot be
 * written, the run continues without it, and `failure` says so.
 */
export function createJournal(folder: string, runId: string): Journal {
	return new FileJournal(path.join(folder, `${fileDate(new Date())}-${runId}.jsonl`), runId);
}

class FileJournal implements Journal {
	readonly path: string;
	failure: Error | undefined;
	readonly #stored = new Set<string>();
	/** Lines waiting for the writer. */
	#pending: string[];
	/** Characters of waiting lines and of lines being written. */
	#waiting = 0;
	#onWritten: (() => void)[] = [];
	/** True when an `*-end` event is pending: it must reach the disk itself, not only the system's cache. */
	#mustSync = false;
	#isClosed = false;
	#wake: (() => void) | undefined;
	readonly #writer: Promise<void>;

	constructor(file: string, runId: string) {
		this.path = file;
		this.#pending = [JSON.stringify({ format: JOURNAL_FORMAT, version: JOURNAL_VERSION, runId })];
		this.#writer = this.#write().catch((error: unknown) => this.#fail(error));
	}

	append(event: RunEvent): void {
		if (this.#isClosed || this.failure !== undefined) return;
		const texts: string[] = [];
		const line = JSON.stringify(event, (_key, value: unknown) =>
			typeof value === 'string' && value.length > LONG_TEXT_CHARACTERS ? this.#reference(value, texts) : value,
		);
		for (const one of [...texts, line]) {
			this.#pending.push(one);
			this.#waiting += one.length;
		}
		if (event.type.endsWith('-end')) this.#mustSync = true;
		this.#wake?.();
	}

	async room(): Promise<void> {
		while (this.#waiting > WAITING_CHARACTERS) await new Promise<void>((resolve) => this.#onWritten.push(resolve));
	}

	async close(): Promise<void> {
		this.#isClosed = true;
		this.#wake?.();
		await this.#writer;
	}

	/** @param texts receives the line that stores the text, unless it is stored already */
	#reference(text: string, texts: string[]): { $text: string } {
		// UTF-16, because in UTF-8 different broken surrogates would all become the replacement character.
		const id = createHash('sha256').update(text, 'utf16le').digest('hex').slice(0, 16);
		if (!this.#stored.has(id)) {
			this.#stored.add(id);
			texts.push(JSON.stringify({ $text: id, text }));
		}
		return { $text: id };
	}

	/** The only writer: takes what is pending, writes it, and sleeps until there is more. */
	async #write(): Promise<void> {
		await makeFolder(path.dirname(this.path), 0o700);
		const file = await open(this.path, 'wx', 0o600);
		try {
			while (this.#pending.length > 0 || !this.#isClosed) {
				if (this.#pending.length > 0) await this.#writePending(file);
				else await this.#awake();
			}
		} finally {
			await file.close();
		}
	}

	async #writePending(file: FileHandle): Promise<void> {
		const lines = this.#pending;
		const mustSync = this.#mustSync;
		this.#pending = [];
		this.#mustSync = false;
		await file.appendFile(`${lines.join('\n')}\n`);
		if (mustSync) await file.datasync();
		this.#written(lines.reduce((sum, line) => sum + line.length, 0));
	}

	#written(characters: number): void {
		this.#waiting -= characters;
		for (const resolve of this.#onWritten.splice(0)) resolve();
	}

	async #awake(): Promise<void> {
		await new Promise<void>((resolve) => {
			this.#wake = resolve;
		});
		this.#wake = undefined;
	}

	#fail(error: unknown): void {
		this.#pending = [];
		const reason = reasonOf(error);
		this.failure = new Error(`${this.path} cannot be written: ${reason}`, { cause: error });
		this.#written(this.#waiting);
	}
}

/** `2026-03-01T10-20-30Z`: a time that is a valid file name on every system. */
function fileDate(date: Date): string {
	return `${date.toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
}
