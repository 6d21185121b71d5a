import { appendFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { codeOf } from '../../core/errors.ts';
import type { RunEvent } from '../../core/events.ts';
import { WAYS } from '../../core/modes.ts';
import { ModeFold, type ModeUsage, sumByMode } from '../../core/modeUsage.ts';
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

const modeSchema = v.object({
	mode: v.picklist(WAYS),
	plan: v.string(),
	runs: count,
	answered: count,
	partial: count,
	failed: count,
	calls: count,
	tokens: count,
	costUsd: count,
	unpricedCalls: count,
	durationMs: count,
} satisfies { [K in keyof ModeUsage]: v.GenericSchema<ModeUsage[K]> });

/** Usage of one day. */
export interface DayUsage {
	/** Local day, as `2026-11-21`. */
	readonly day: string;
	/** By server and model. */
	readonly servers: readonly ServerUsage[];
	/** Runs that ended, by mode and plan. */
	readonly modes: readonly ModeUsage[];
	/** Unreadable lines of the file, such as one cut by a power failure. */
	readonly damagedLines: number;
}

/**
 * Usage of each model and of each mode by day, in one small append-only file per day. A line holds what was added since the previous one
 * and is written in a single piece, so that several processes can write the same file.
 */
export interface Ledger {
	/** Counts the events of a run. @returns call it when the run has ended; resolves when everything is written */
	record(): { add(event: RunEvent): void; close(): Promise<void> };
	/** @param days local days, as `dayOf` names them @throws when a file exists but cannot be read */
	read(days: readonly string[]): Promise<readonly DayUsage[]>;
}

/** Interval between two lines of a long run. */
const FLUSH_MS = 10_000;

/**
 * Opens the ledger of a folder, which is created on the first write.
 * @param onFailure called once when usage cannot be written; runs continue without it
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
	readonly #modes = new ModeFold();
	#pending: ServerUsage[] = [];
	#ended: ModeUsage[] = [];
	/** The day of this usage. */
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
		const ended = this.#modes.add(event);
		if (usage === undefined && ended === undefined) return;
		const now = this.#now();
		const day = dayOf(now);
		if (day !== this.#day) this.#flush();
		this.#day = day;
		if (usage) this.#pending.push(usage);
		if (ended) this.#ended.push(ended);
		if (now - this.#writtenAt >= FLUSH_MS) this.#flush();
	}

	async close(): Promise<void> {
		this.#flush();
		await this.#writing;
	}

	/** Usage belongs to the day on which the call ended, even if it is written later. */
	#flush(): void {
		const entries = [...sumByModel(this.#pending), ...this.#ended];
		this.#pending = [];
		this.#ended = [];
		this.#writtenAt = this.#now();
		if (entries.length === 0) return;
		const file = fileOf(this.#folder, this.#day);
		const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
		this.#writing = this.#writing.then(() => this.#append(file, lines));
	}

	async #append(file: string, lines: string): Promise<void> {
		try {
			await makeFolder(this.#folder);
			// A single write at the end of the file: the system keeps writes of several processes apart.
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
	const servers = sumByModel(entries.filter((entry) => 'server' in entry));
	const modes = sumByMode(entries.filter((entry) => 'mode' in entry));
	return { day, servers, modes, damagedLines: lines.length - entries.length };
}

async function textOf(file: string): Promise<string> {
	try {
		return await readFile(file, 'utf8');
	} catch (error) {
		if (codeOf(error) === 'ENOENT') return '';
		throw error;
	}
}

function parseEntry(line: string): ServerUsage | ModeUsage | undefined {
	let value: unknown;
	try {
		value = JSON.parse(line);
	} catch {
		return undefined; // counted by the caller
	}
	const result = v.safeParse(v.union([entrySchema, modeSchema]), value);
	return result.success ? result.output : undefined;
}
