import * as v from 'valibot';
import { FileSystemError, Uri, workspace } from 'vscode';

const summarySchema = v.object({
	/** Markdown whose first sentence stands alone. */
	text: v.string(),
	/** Id of the run that wrote it. */
	runId: v.string(),
	/** ms since the epoch. */
	at: v.number(),
});

/** A summary of a piece of code. */
export type Summary = v.InferOutput<typeof summarySchema>;

const fileSchema = v.object({
	version: v.literal(1),
	/** Summaries by content hash, least recently used first. */
	summaries: v.array(v.tuple([v.string(), summarySchema])),
	/** Content hash of the last summary, by symbol. */
	latest: v.array(v.tuple([v.string(), v.string()])),
});

const MAX_SUMMARIES = 3_000;

/**
 * Keeps summaries by content hash in one file: code that is moved, renamed with its file or brought back by an
 * undo has its summary again. Also keeps the last summary of each symbol, so that a stale one can be shown.
 */
export class SummaryStore {
	readonly #file: Uri;
	readonly #summaries = new Map<string, Summary>();
	readonly #latest = new Map<string, string>();
	#loading: Promise<void> | undefined;
	#saving: Promise<void> = Promise.resolve();
	#isSaveDue = false;

	/** @param folder the extension's storage */
	constructor(folder: Uri) {
		this.#file = Uri.joinPath(folder, 'summaries.json');
	}

	/** Reads the file once. A damaged file counts as empty: everything in it can be made again. */
	load(): Promise<void> {
		this.#loading ??= this.#read();
		return this.#loading;
	}

	/** Gives the summary of exactly this text. */
	of(hash: string): Summary | undefined {
		return this.#summaries.get(hash);
	}

	/** Gives the last summary of a symbol, whatever its text is now. */
	latestOf(symbol: string): Summary | undefined {
		const hash = this.#latest.get(symbol);
		return hash === undefined ? undefined : this.#summaries.get(hash);
	}

	/** @param symbol names the symbol: document and path of names */
	async save(symbol: string, hash: string, summary: Summary): Promise<void> {
		await this.load();
		for (const [map, key] of [
			[this.#summaries, hash],
			[this.#latest, symbol],
		] as const)
			map.delete(key);
		this.#summaries.set(hash, summary);
		this.#latest.set(symbol, hash);
		this.#forgetOldest();
		await this.#write();
	}

	async clear(): Promise<void> {
		await this.load();
		this.#summaries.clear();
		this.#latest.clear();
		await this.#write();
	}

	#forgetOldest(): void {
		for (const hash of [...this.#summaries.keys()].slice(0, -MAX_SUMMARIES)) this.#summaries.delete(hash);
		for (const [symbol, hash] of this.#latest) if (!this.#summaries.has(hash)) this.#latest.delete(symbol);
	}

	async #read(): Promise<void> {
		try {
			const bytes = await workspace.fs.readFile(this.#file);
			const { summaries, latest } = v.parse(fileSchema, JSON.parse(new TextDecoder().decode(bytes)));
			for (const [hash, summary] of summaries) this.#summaries.set(hash, summary);
			for (const [symbol, hash] of latest) this.#latest.set(symbol, hash);
		} catch (error) {
			const isExpected = error instanceof FileSystemError || error instanceof SyntaxError || v.isValiError(error);
			if (!isExpected) throw error;
		}
	}

	/** Writes the file, one write at a time. Changes made meanwhile go into the next one. */
	#write(): Promise<void> {
		if (!this.#isSaveDue) {
			this.#isSaveDue = true;
			this.#saving = this.#saving.catch(() => {}).then(() => this.#writeNow());
		}
		return this.#saving;
	}

	async #writeNow(): Promise<void> {
		this.#isSaveDue = false;
		const content = { version: 1, summaries: [...this.#summaries], latest: [...this.#latest] };
		const draft = this.#file.with({ path: `${this.#file.path}.new` });
		await workspace.fs.writeFile(draft, new TextEncoder().encode(JSON.stringify(content)));
		await workspace.fs.rename(draft, this.#file, { overwrite: true });
	}
}
