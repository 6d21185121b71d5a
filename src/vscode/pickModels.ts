import { ConfigurationTarget, l10n, ProgressLocation, type QuickPickItem, window, workspace } from 'vscode';
import { present } from '../core/present.ts';
import type { ServerStatus } from '../pool/pool.ts';
import type { QueryHost } from './runQuery.ts';
import { readSettings, withDefaults } from './settings.ts';

/** Time limit for a server to list its models. ms */
const PROBE_MS = 15_000;

interface ModelItem extends QuickPickItem {
	/** As it stands in the settings. */
	readonly model: string;
}

/** Lets the user choose the root model and the sub-model from those that the servers offer. */
export async function pickModels(host: QueryHost): Promise<void> {
	const options = { location: ProgressLocation.Notification, title: l10n.t('Asking the servers') };
	const statuses = await window.withProgress(options, () => askServers(host));
	const problem = statuses.find(({ error }) => error)?.error;
	if (problem && statuses.every(({ error }) => error)) throw problem;
	const root = await pick(l10n.t('Which model should write the code of a run? (1/2)'), statuses);
	if (root === undefined) return;
	const sub = await pick(
		l10n.t('Which model should answer its sub-calls? A smaller one is often enough. (2/2)'),
		statuses,
	);
	if (sub === undefined) return;
	const configuration = workspace.getConfiguration('rlm');
	await configuration.update('rootModel', root, ConfigurationTarget.Global);
	await configuration.update('subModel', sub, ConfigurationTarget.Global);
}

/** Asks all servers for their models. @throws CancelledError when none has answered in time */
export async function askServers({ engines }: QueryHost): Promise<readonly ServerStatus[]> {
	const signal = AbortSignal.timeout(PROBE_MS);
	const settings = await withDefaults(readSettings(), signal);
	return engines.use(settings, (engine) => engine.pool.probeAll(signal));
}

async function pick(title: string, statuses: readonly ServerStatus[]): Promise<string | undefined> {
	const automatic = { label: 'auto', description: l10n.t('the first model that has the role'), model: 'auto' };
	const silent = statuses.filter(({ error }) => error).map(({ server }) => server.id);
	const chosen = await window.showQuickPick<ModelItem>(
		[automatic, ...statuses.flatMap(modelItems)],
		present({
			title,
			placeHolder: silent.length > 0 ? l10n.t('No answer from {0}', silent.join(', ')) : undefined,
			matchOnDescription: true,
			ignoreFocusOut: true,
		}),
	);
	return chosen?.model;
}

/** The models of a server, to choose from. */
export function modelItems({ server, report, error }: ServerStatus): ModelItem[] {
	if (error || !report) return [];
	return report.models.map(({ name, contextTokens, isLoaded }) => {
		const facts = [
			server.id,
			...(contextTokens === undefined ? [] : [l10n.t('{0} tokens', contextTokens.toLocaleString())]),
			...(isLoaded ? [l10n.t('in memory')] : []),
		];
		return { label: name, description: facts.join(' · '), model: `${server.id}/${name}` };
	});
}
