import { join } from 'node:path';
import { l10n, type Memento, type Uri, workspace } from 'vscode';
import { InputError } from '../../core/errors.ts';
import type { History, PastRun } from '../../journal/history.ts';
import type { AnswerFiles } from '../answerFile.ts';
import { isUnderWay } from '../runs/run.ts';
import type { Runs } from '../runs/runs.ts';

const PINS_KEY = 'rlm.pinnedRuns';

/** The parts of the extension that the history needs. */
export interface HistoryStoreOptions {
	/** Storage of the extension on this machine. */
	readonly storage: Uri;
	readonly memento: Memento;
	readonly answers: Pick<AnswerFiles, 'remove'>;
	readonly runs: Pick<Runs, 'get' | 'forget'>;
}

/** Past runs and their pins. Deleting a run deletes everything kept of it. */
export class HistoryStore {
	readonly #options: HistoryStoreOptions;
	#history: Promise<History> | undefined;

	constructor(options: HistoryStoreOptions) {
		this.#options = options;
	}

	/** All runs of this machine, newest first. */
	async list(): Promise<readonly PastRun[]> {
		const history = await this.#open();
		return history.list(new AbortController().signal);
	}

	isPinned(runId: string): boolean {
		return this.#pins.includes(runId);
	}

	async pin(runId: string, isPinned: boolean): Promise<void> {
		const others = this.#pins.filter((id) => id !== runId);
		await this.#options.memento.update(PINS_KEY, isPinned ? [...others, runId] : others);
	}

	/** Deletes a run. @throws InputError while it is under way and writes its journal */
	async remove(runId: string): Promise<void> {
		const { answers, runs } = this.#options;
		const run = runs.get(runId);
		if (run && isUnderWay(run.state)) throw new InputError(l10n.t('The run is still under way. Cancel it first.'));
		await (await this.#open()).remove(runId);
		await answers.remove(runId);
		runs.forget(runId);
		await this.pin(runId, false);
	}

	/** Deletes the oldest runs above the user's limit, except pinned ones. @returns how many */
	async prune(): Promise<number> {
		const keep = workspace.getConfiguration('rlm').get<number>('history.maxRuns', 500);
		const unpinned = (await this.list()).filter(({ runId, end }) => !this.isPinned(runId) && end !== undefined);
		const old = unpinned.slice(keep);
		for (const { runId } of old) await this.remove(runId);
		return old.length;
	}

	/** Reads the pins every time, because other windows pin runs too. */
	get #pins(): readonly string[] {
		return this.#options.memento.get<readonly string[]>(PINS_KEY, []);
	}

	#open(): Promise<History> {
		this.#history ??= import('../../journal/history.ts').then(
			({ History }) => new History(join(this.#options.storage.fsPath, 'runs')),
		);
		return this.#history;
	}
}
