import { appendFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import type { RunEvent } from '../../core/events.ts';
import { makeFolder } from '../../node/makeFolder.ts';
import { dayOf } from './day.ts';
import { type ServerUsage, sumByModel, UsageFold } from './usage.ts';

const count = v.pipe(v.number(), v.minValue(0));
const entrySchema = v.object({
	server: v.string(),
	model: v.string(),
	calls: count,
	failedAttempts: count,
	promptTokens: count,
	cachedPromptTokens: count,
	completionTokens: count,
	estimatedCalls: count,
	costUsd: count,
	unpricedCalls: count,
	durationMs: count,
} satisfies { [K in keyof ServerUsage]: v.GenericSchema<ServerUsage[K]> });

/** Usage of one day. */
export interface DayUsage {
	/** Local day, as `2026-11-21`. */
	readonly day: string;
	/** By server and model. */
	readonly servers: readonly ServerUsage[];
	/** Lines of the file that could not be read, such as one that was cut when a machine lost power. */
	readonly damagedLines: number;
}

/**
 * What was used of each model, day by day: one small file a day, to which lines are only ever appended. A line holds what
 * was added since the one before and is written in one piece, so that several processes can write the same file.
 */
export interface Ledger {
	/** Adds the events of a run. @returns to be called when the run has ended: resolves when all is written */
	record(): { add(event: RunEvent): void; close(): Promise<void> };
	/** @param days local days, as `dayOf` names them @throws when a file cannot be read for another reason than its absence */
	read(days: readonly string[]): Promise<readonly DayUsage[]>;
}

/** Between two lines of a run that goes on. */
const FLUSH_MS = 10_000;

/**
 * Opens the ledger of a folder, which is made when something is written.
 * @param onFailure told once when usage cannot be written; runs go on without it
 */
export function createLedger(folder: string, onFailure: (error: Error) => void, now: () => number = Date.now): Ledger {
	return {
		record: () => new Recording(folder, onFailure, now),
		read: (days) => Promise.all(days.map((day) => readDay(folder, day))),
	};
}

function fileOf(folder: string, day: string): string {
	return path.join(folder, `usage-${day}.jsonl`);
}

class Recording {
	readonly #folder: string;
	readonly #onFailure: (error: Error) => void;
	readonly #now: () => number;
	readonly #fold = new UsageFold();
	#pending: ServerUsage[] = [];
	/** The day on which that was used. */
	#day: string;
	#writtenAt: number;
	#writing: Promise<void> = Promise.resolve();
	#hasFailed = false;

	constructor(folder: string, onFailure: (error: Error) => void, now: () => number) {
		this.#folder = folder;
		this.#onFailure = onFailure;
		this.#now = now;
		this.#writtenAt = now();
		this.#day = dayOf(this.#writtenAt);
	}

	add(event: RunEvent): void {
		const usage = this.#fold.add(event);
		if (usage === undefined) return;
		const now = this.#now();
		const day = dayOf(now);
		if (day !== this.#day) this.#flush();
		this.#day = day;
		this.#pending.push(usage);
		if (now - this.#writtenAt >= FLUSH_MS) this.#flush();
	}

	async close(): Promise<void> {
		this.#flush();
		await this.#writing;
	}

	/** What was used counts for the day on which the call ended, however much later it is written. */
	#flush(): void {
		const entries = sumByModel(this.#pending);
		this.#pending = [];
		this.#writtenAt = this.#now();
		if (entries.length === 0) return;
		const file = fileOf(this.#folder, this.#day);
		const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
		this.#writing = this.#writing.then(() => this.#append(file, lines));
	}

	async #append(file: string, lines: string): Promise<void> {
		try {
			await makeFolder(this.#folder);
			// One write at the end of the file: the system keeps those of several processes apart.
			await appendFile(file, lines, { mode: 0o600 });
		} catch (error) {
			if (this.#hasFailed || !(error instanceof Error)) return;
			this.#hasFailed = true;
			this.#onFailure(error);
		}
	}
}

async function readDay(folder: string, day: string): Promise<DayUsage> {
	const lines = (await textOf(fileOf(folder, day))).split('\n').filter((line) => line !== '');
	const entries = lines.flatMap((line) => parseEntry(line) ?? []);
	return { day, servers: sumByModel(entries), damagedLines: lines.length - entries.length };
}

async function textOf(file: string): Promise<string> {
	try {
		return await readFile(file, 'utf8');
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
		throw error;
	}
}

function parseEntry(line: string): ServerUsage | undefined {
	let value: unknown;
	try {
		value = JSON.parse(line);
	} catch {
		return undefined; // counted by the caller
	}
	const result = v.safeParse(entrySchema, value);
	return result.success ? result.output : undefined;
}
