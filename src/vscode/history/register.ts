import { commands, type ExtensionContext, l10n, window } from 'vscode';
import type { PastRun } from '../../journal/history.ts';
import { guarded } from '../guarded.ts';
import { COMMANDS } from '../names.ts';
import type { QueryHost } from '../runQuery.ts';
import { HistoryStore } from './historyStore.ts';
import { type HistoryItem, HistoryView } from './historyView.ts';

/** Registers the list of past runs and its commands. */
export function registerHistory(context: ExtensionContext, host: QueryHost): void {
	const { globalStorageUri: storage, globalState: memento } = context;
	const store = new HistoryStore({ storage, memento, answers: host.answers, runs: host.runs });
	const view = new HistoryView(context, host, store);
	const register = (id: string, handler: (item: HistoryItem | undefined) => unknown) =>
		context.subscriptions.push(
			commands.registerCommand(id, guarded(host.log, l10n.t('The history could not be changed'), handler)),
		);
	const onRun = (id: string, work: (run: PastRun) => unknown) =>
		register(id, async (item) => item?.kind === 'run' && work(item.run));
	const changing = (work: (run: PastRun) => Promise<void>) => async (run: PastRun) => {
		await work(run);
		view.refresh();
	};
	onRun(COMMANDS.historyOpen, async ({ runId, journal }) => {
		await host.panel.reveal(host.runs.get(runId) ?? (await host.runs.open(journal)));
	});
	onRun(
		COMMANDS.historyPin,
		changing(({ runId }) => store.pin(runId, true)),
	);
	onRun(
		COMMANDS.historyUnpin,
		changing(({ runId }) => store.pin(runId, false)),
	);
	const remove = async ({ runId, question }: PastRun) => {
		const confirmed = l10n.t('Delete');
		const detail = l10n.t('Its journal and its answer are deleted. This cannot be undone.');
		const title = l10n.t('Delete the run "{0}"?', question.slice(0, 80));
		const chosen = await window.showWarningMessage(title, { modal: true, detail }, confirmed);
		if (chosen === confirmed) await store.remove(runId);
	};
	onRun(COMMANDS.historyDelete, changing(remove));
	onRun(COMMANDS.historyRerun, async (run) => (await import('./rerun.ts')).rerun(host, run));
	register(COMMANDS.historySearch, async () => {
		const prompt = l10n.t('Part of a question, a context or an outcome');
		const text = await window.showInputBox({ title: l10n.t('Search past runs'), prompt });
		if (text !== undefined) view.setFilter(text);
	});
	register(COMMANDS.historyClearSearch, () => view.setFilter(''));
	register(COMMANDS.historyRefresh, () => view.refresh());
	context.subscriptions.push(
		host.runs.onDidEnd(() => {
			store.prune().catch((error: unknown) => host.log.error(l10n.t('Old runs could not be deleted'), error));
		}),
	);
}
