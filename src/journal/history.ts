import { open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { throwIfCancelled } from '../core/errors.ts';
import { readEnds } from './journalEnds.ts';

const pastRunSchema = v.object({
	runId: v.string(),
	/** Its beginning. */
	question: v.string(),
	/** What it was asked about. */
	contextLabel: v.string(),
	/** ms since the epoch. */
	startedAt: v.number(),
	/** Absent when the journal breaks off: the run was interrupted, or is still under way. */
	end: v.exactOptional(
		v.object({
			outcome: v.picklist(['answered', 'partial', 'cancelled', 'failed']),
			at: v.number(),
			tokens: v.number(),
			/** USD; absent when a price was unknown. */
			costUsd: v.exactOptional(v.number()),
		}),
	),
});

/** A run as a list shows it. */
export type PastRun = v.InferOutput<typeof pastRunSchema> & {
	/** Path of its journal. */
	readonly journal: string;
};

const indexSchema = v.object({
	version: v.literal(1),
	entries: v.record(v.string(), v.object({ size: v.number(), mtimeMs: v.number(), run: pastRunSchema })),
});
type Index = v.InferOutput<typeof indexSchema>['entries'];

const INDEX_FILE = 'index.json';
/** Files that are read at the same time. */
const READERS = 8;

/**
 * The runs whose journals are in a folder. The journals are the truth; an index beside them only saves reading those
 * again that have not changed, and is made anew when it is missing or damaged.
 */
export class History {
	readonly #folder: string;
	#index: Index | undefined;

	/** @param folder where journals are written; it need not exist */
	constructor(folder: string) {
		this.#folder = folder;
	}

	/** All runs, newest first. Files that are no journals are passed by. @throws CancelledError */
	async list(signal: AbortSignal): Promise<readonly PastRun[]> {
		this.#index ??= await this.#readIndex();
		const known = this.#index;
		const names = await this.#journals();
		const current: Index = {};
		let hasChanged = Object.keys(known).length !== names.length;
		const queue = [...names];
		const work = async () => {
			for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
				throwIfCancelled(signal);
				const entry = await this.#entryOf(name, known[name]);
				hasChanged ||= entry !== known[name];
				if (entry) current[name] = entry;
			}
		};
		await Promise.all(Array.from({ length: READERS }, work));
		this.#index = current;
		if (hasChanged) await this.#writeIndex(current);
		return Object.entries(current)
			.map(([name, { run }]) => ({ ...run, journal: join(this.#folder, name) }))
			.sort((one, other) => other.startedAt - one.startedAt);
	}

	/** Deletes the journal of a run; nothing when there is none. */
	async remove(runId: string): Promise<void> {
		for (const name of await this.#journals()) {
			if (name.endsWith(`-${runId}.jsonl`)) await rm(join(this.#folder, name), { force: true });
		}
	}

	async #journals(): Promise<string[]> {
		try {
			return (await readdir(this.#folder)).filter((name) => name.endsWith('.jsonl'));
		} catch (error) {
			if (isMissing(error)) return [];
			throw error;
		}
	}

	async #entryOf(name: string, known: Index[string] | undefined): Promise<Index[string] | undefined> {
		const path = join(this.#folder, name);
		try {
			const { size, mtimeMs } = await stat(path);
			if (known?.size === size && known.mtimeMs === mtimeMs) return known;
			const file = await open(path);
			try {
				const run = await readEnds(file, size);
				return run && { size, mtimeMs, run };
			} finally {
				await file.close();
			}
		} catch (error) {
			if (isMissing(error)) return undefined; // deleted meanwhile
			throw error;
		}
	}

	async #readIndex(): Promise<Index> {
		try {
			const text = await readFile(join(this.#folder, INDEX_FILE), 'utf8');
			const parsed = v.safeParse(indexSchema, JSON.parse(text));
			return parsed.success ? parsed.output.entries : {};
		} catch (error) {
			if (isMissing(error) || error instanceof SyntaxError) return {};
			throw error;
		}
	}

	async #writeIndex(entries: Index): Promise<void> {
		const target = join(this.#folder, INDEX_FILE);
		const draft = `${target}.${process.pid}`;
		try {
			await writeFile(draft, JSON.stringify({ version: 1, entries }), { mode: 0o600 });
			await rename(draft, target);
		} catch (error) {
			if (!isMissing(error)) throw error; // the folder is gone, and so is what the index was about
		}
	}
}

function isMissing(error: unknown): boolean {
	return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
