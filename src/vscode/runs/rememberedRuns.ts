import type { Memento } from 'vscode';
import { isUnderWay, type RunInfo } from './run.ts';

const KEY = 'rlm.runs';
/** Runs that are listed, at most. Their journals stay on disk. */
const MAX_RUNS = 200;
/** Characters kept of a question. */
const MAX_QUESTION = 500;

/** The runs of this workspace, newest first, over reloads of the window. Their contents are in their journals. */
export class RememberedRuns {
	readonly #memento: Memento;
	#infos: readonly RunInfo[] | undefined;

	constructor(memento: Memento) {
		this.#memento = memento;
	}

	list(): readonly RunInfo[] {
		this.#infos ??= this.#memento.get<RunInfo[]>(KEY, []).map(interrupted);
		return this.#infos;
	}

	/** Adds a run, or replaces what was known of it. */
	async save(run: RunInfo): Promise<void> {
		const { question, contextLabel, state, startedAt, endedAt, journal, origin } = run;
		const what = { question: question.slice(0, MAX_QUESTION), contextLabel, state, origin };
		const info = { id: run.id, ...what, startedAt, endedAt, journal };
		const others = this.list().filter((other) => other.id !== run.id);
		this.#infos = [info, ...others].sort((one, other) => other.startedAt - one.startedAt).slice(0, MAX_RUNS);
		await this.#memento.update(KEY, this.#infos);
	}
	/** Nothing is known of a run any more. */
	async forget(id: string): Promise<void> {
		this.#infos = this.list().filter((other) => other.id !== id);
		await this.#memento.update(KEY, this.#infos);
	}
}

/** What was under way when it was written last belongs to a window that is gone. */
function interrupted(info: RunInfo): RunInfo {
	return isUnderWay(info.state) ? { ...info, state: 'interrupted' } : info;
}
