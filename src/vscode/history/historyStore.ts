import { join } from 'node:path';
import { type Memento, type Uri, workspace } from 'vscode';
import type { History, PastRun } from '../../journal/history.ts';
import type { AnswerFiles } from '../answerFile.ts';
import type { Runs } from '../runs/runs.ts';

const PINS_KEY = 'rlm.pinnedRuns';

/** What the history needs from the extension. */
export interface HistoryStoreOptions {
	/** Storage of the extension on this machine. */
	readonly storage: Uri;
	readonly memento: Memento;
	readonly answers: AnswerFiles;
	readonly runs: Runs;
}

/** Past runs with their pins; deleting one deletes all that was kept of it. */
export class HistoryStore {
	readonly #options: HistoryStoreOptions;
	#history: Promise<History> | undefined;
	#pins: Set<string>;

	constructor(options: HistoryStoreOptions) {
		this.#options = options;
		this.#pins = new Set(options.memento.get<string[]>(PINS_KEY, []));
	}

	/** All runs of this machine, newest first. */
	async list(): Promise<readonly PastRun[]> {
		const history = await this.#open();
		return history.list(new AbortController().signal);
	}

	isPinned(runId: string): boolean {
		return this.#pins.has(runId);
	}

	async pin(runId: string, isPinned: boolean): Promise<void> {
		if (isPinned) this.#pins.add(runId);
		else this.#pins.delete(runId);
		await this.#options.memento.update(PINS_KEY, [...this.#pins]);
	}

	async remove(runId: string): Promise<void> {
		const { answers, runs } = this.#options;
		await (await this.#open()).remove(runId);
		await answers.remove(runId);
		await runs.forget(runId);
		await this.pin(runId, false);
	}

	/** Deletes the oldest runs beyond what the user wants to keep; pinned ones stay. @returns how many */
	async prune(): Promise<number> {
		const keep = workspace.getConfiguration('rlm').get<number>('history.maxRuns', 500);
		const unpinned = (await this.list()).filter(({ runId, end }) => !this.isPinned(runId) && end !== undefined);
		const old = unpinned.slice(keep);
		for (const { runId } of old) await this.remove(runId);
		return old.length;
	}

	#open(): Promise<History> {
		this.#history ??= import('../../journal/history.ts').then(
			({ History }) => new History(join(this.#options.storage.fsPath, 'runs')),
		);
		return this.#history;
	}
}
