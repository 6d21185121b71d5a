import { commands, env, l10n, type Uri, ViewColumn, window, workspace } from 'vscode';
import { explain } from '../../core/errors.ts';
import { rootRun } from '../../core/tree.ts';
import type { FromPanel, QueryAction, RunAction } from '../../protocol/panel.ts';
import type { Log } from '../log.ts';
import { COMMANDS } from '../names.ts';
import { openLines } from '../openDocument.ts';
import type { Run } from '../runs/run.ts';
import type { Runs } from '../runs/runs.ts';
import { showError } from '../showError.ts';

type PartMessage = Extract<FromPanel, { type: 'copy-part' | 'open-part' }>;
type PlaceMessage = Extract<FromPanel, { type: 'open-place' }>;

/** Time limit for reading a text from a journal. ms */
const READ_TIMEOUT_MS = 60_000;

const QUERIES: Readonly<Record<QueryAction, string>> = {
	'query-selection': COMMANDS.querySelection,
	'query-buffer': COMMANDS.queryBuffer,
	'query-workspace': COMMANDS.queryWorkspace,
};

/** The actions behind the panel's buttons. */
export class PanelActions {
	readonly #runs: Runs;
	readonly #log: Log;

	constructor(runs: Runs, log: Log) {
		this.#runs = runs;
		this.#log = log;
	}

	async query(action: QueryAction): Promise<void> {
		await commands.executeCommand(QUERIES[action]);
	}

	async act(action: Exclude<RunAction, 'pick-run'>, run: Run): Promise<void> {
		switch (action) {
			case 'cancel':
				return run.cancel();
			case 'answer-now':
				return run.answerNow();
			case 'rerun':
				return this.rerun(run);
			case 'copy-answer':
				return this.copy(await wholeAnswer(run));
			case 'export':
				return this.export(run);
		}
	}

	/** Asks again. A run from a journal has lost its source: the history finds it or asks the user for it. */
	async rerun(run: Run): Promise<void> {
		if (run.rerun) run.rerun();
		else
			await commands.executeCommand(COMMANDS.historyRerun, {
				kind: 'run',
				run: { runId: run.id, question: run.question },
			});
	}

	async export(run: Run): Promise<void> {
		const { exportRun } = await import('./exportRun.ts');
		await exportRun(run, this.#log);
	}

	/** Lets the user choose a run of this workspace; undefined when the user cancels. */
	async pickRun(): Promise<Run | undefined> {
		const { chooseRun } = await import('./chooseRun.ts');
		return chooseRun(this.#runs);
	}

	async copyPart(run: Run, message: PartMessage): Promise<void> {
		await this.copy(await this.#textOf(run, message));
	}

	async openPart(run: Run, message: PartMessage): Promise<void> {
		const language = message.part === 'code' ? 'python' : message.part === 'output' ? 'plaintext' : 'markdown';
		const document = await workspace.openTextDocument({ language, content: await this.#textOf(run, message) });
		await window.showTextDocument(document, { viewColumn: ViewColumn.Active, preview: true });
	}

	async copy(text: string): Promise<void> {
		await env.clipboard.writeText(text);
		window.setStatusBarMessage(l10n.t('Copied'), 2000);
	}

	/** Opens lines of a file of the run's context. Refuses any other file, whatever the page asks for. */
	async openPlace(run: Run, place: PlaceMessage): Promise<void> {
		const uri = await run.uriOf(place.path);
		if (uri) return openLines(uri, place);
		void window.showWarningMessage(l10n.t('{0} is not a file that can be opened.', place.path));
	}

	showError(error: unknown): void {
		void showError(explain(error));
	}

	/** Gives the full text where there is a journal, else the bounded one of the tree. */
	async #textOf(run: Run, { nodeId, part, index }: PartMessage): Promise<string> {
		const { fullTexts } = await import('./nodeTexts.ts');
		const texts = await fullTexts(run, nodeId, AbortSignal.timeout(READ_TIMEOUT_MS));
		const full = texts[index]?.part === part ? texts[index] : texts.find((text) => text.part === part);
		if (full) return full.text;
		const node = run.tree.nodes.get(nodeId);
		if (node?.kind !== 'code') return '';
		return part === 'code' ? node.code : node.output;
	}
}

/** Gives the full answer of the result, or the bounded one of the tree for an interrupted run. */
async function wholeAnswer({ result, tree }: Run): Promise<string> {
	const ended = await result.catch(() => undefined);
	return ended?.answer ?? rootRun(tree)?.answer ?? '';
}

/** The folder that save dialogs propose. */
export function defaultFolder(): Uri | undefined {
	return workspace.workspaceFolders?.[0]?.uri;
}
