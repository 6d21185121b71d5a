import { l10n, type QuickPickItem, window } from 'vscode';
import { formatDuration } from '../../core/figures.ts';
import type { Run, RunInfo, RunState } from '../runs/run.ts';
import type { Runs } from '../runs/runs.ts';
import { withoutIcons } from '../withoutIcons.ts';

/** Lets the user choose a run of this workspace. @throws InputError when its journal cannot be read */
export async function chooseRun(runs: Runs): Promise<Run | undefined> {
	const items = runs.list().map((info): QuickPickItem & { readonly info: RunInfo } => ({
		label: `$(${ICONS[info.state]}) ${withoutIcons(info.question)}`,
		description: withoutIcons(info.contextLabel),
		detail: detailOf(info),
		info,
	}));
	if (items.length === 0) {
		void window.showInformationMessage(l10n.t('No question has been asked in this window yet.'));
		return undefined;
	}
	const chosen = await window.showQuickPick(items, { title: l10n.t('Show which run?'), matchOnDescription: true });
	return chosen && runs.load(chosen.info.id);
}

const ICONS: Readonly<Record<RunState, string>> = {
	collecting: 'loading~spin',
	running: 'loading~spin',
	answered: 'check',
	partial: 'warning',
	cancelled: 'circle-slash',
	failed: 'error',
	interrupted: 'circle-slash',
};

function detailOf({ startedAt, endedAt, state }: RunInfo): string {
	const started = new Date(startedAt).toLocaleString();
	const states: Record<RunState, string> = {
		collecting: l10n.t('reading the context'),
		running: l10n.t('running'),
		answered: l10n.t('answered'),
		partial: l10n.t('partial answer'),
		cancelled: l10n.t('cancelled'),
		failed: l10n.t('failed'),
		interrupted: l10n.t('interrupted'),
	};
	const took = endedAt === undefined ? [] : [formatDuration(endedAt - startedAt)];
	return [states[state], started, ...took].join(' · ');
}
