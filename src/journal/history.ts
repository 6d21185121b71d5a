import type { Stats } from 'node:fs';
import { open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { codeOf, throwIfCancelled } from '../core/errors.ts';
import { replaceFile } from '../node/replaceFile.ts';
import { readEnds } from './journalEnds.ts';
import { type PastRun, pastRunSchema } from './pastRun.ts';

export type { PastRun } from './pastRun.ts';

const indexSchema = v.object({
	version: v.literal(2),
	entries: v.record(v.string(), v.object({ size: v.number(), mtimeMs: v.number(), run: pastRunSchema })),
});
type Index = v.InferOutput<typeof indexSchema>['entries'];

const INDEX_FILE = 'index.json';
/** Largest index that is read. Bytes. */
const INDEX_BYTES = 64 << 20;
/** Files read at the same time. */
const READERS = 8;

/**
 * The runs whose journals are in a folder. The journals are the truth. An index beside them saves reading unchanged
 * ones again; it is rebuilt when it is missing or damaged.
 */
export class History {
	readonly #folder: string;
	#index: Index | undefined;

	/** @param folder where journals are written; it may be missing */
	constructor(folder: string) {
		this.#folder = folder;
	}

	/** All runs, newest first. Skips files that are not journals or cannot be read. @throws CancelledError */
	async list(signal: AbortSignal): Promise<readonly PastRun[]> {
		this.#index ??= await this.#readIndex();
		const known = this.#index;
		const names = await this.#journals();
		const current: Index = {};
		const there = new Set(names);
		let hasChanged = Object.keys(known).some((name) => !there.has(name));
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

	/** The journal of a run; undefined when there is none. */
	async pathOf(runId: string): Promise<string | undefined> {
		const name = (await this.#journals()).find((other) => other.endsWith(`-${runId}.jsonl`));
		if (name === undefined) return undefined;
		const path = join(this.#folder, name);
		return (await fileAt(path)) && path;
	}

	/** Deletes the journal of a run, if there is one. */
	async remove(runId: string): Promise<void> {
		const path = await this.pathOf(runId);
		if (path !== undefined) await rm(path, { force: true });
	}

	async #journals(): Promise<string[]> {
		try {
			return (await readdir(this.#folder)).filter((name) => name.endsWith('.jsonl'));
		} catch (error) {
			if (codeOf(error) === 'ENOENT') return [];
			throw error;
		}
	}

	async #entryOf(name: string, known: Index[string] | undefined): Promise<Index[string] | undefined> {
		const path = join(this.#folder, name);
		const found = await fileAt(path);
		if (!found) return undefined;
		const { size, mtimeMs } = found;
		if (known?.size === size && known.mtimeMs === mtimeMs) return known;
		try {
			await using file = await open(path);
			const run = await readEnds(file, size);
			return run && { size, mtimeMs, run };
		} catch {
			return undefined; // deleted meanwhile, or not for us to read
		}
	}

	async #readIndex(): Promise<Index> {
		try {
			const path = join(this.#folder, INDEX_FILE);
			if ((await stat(path)).size > INDEX_BYTES) return {};
			const text = await readFile(path, 'utf8');
			const parsed = v.safeParse(indexSchema, JSON.parse(text));
			return parsed.success ? parsed.output.entries : {};
		} catch {
			return {}; // it saves time, and nothing else
		}
	}

	async #writeIndex(entries: Index): Promise<void> {
		try {
			await replaceFile(join(this.#folder, INDEX_FILE), JSON.stringify({ version: 2, entries }), 0o600);
		} catch {
			// The next list takes longer.
		}
	}
}

/** Facts about a plain file or a link to one; undefined for folders, pipes, and links that are broken or circular. */
async function fileAt(path: string): Promise<Stats | undefined> {
	const found = await stat(path).catch(() => undefined);
	return found?.isFile() ? found : undefined;
}
