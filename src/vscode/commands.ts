import { commands, type ExtensionContext, l10n, window } from 'vscode';
import type { Settings } from '../settings/settings.ts';
import { guarded } from './guarded.ts';
import { COMMANDS } from './names.ts';
import type { QueryHost } from './runQuery.ts';
import type { Run } from './runs/run.ts';
import type { Runs } from './runs/runs.ts';
import { showError } from './showError.ts';
import { withoutIcons } from './withoutIcons.ts';

type Queries = typeof import('./queries.ts');

/** Registers the commands. Loads what they need on first use. */
export function registerCommands(context: ExtensionContext, host: QueryHost): void {
	const register = (id: string, handler: (...args: unknown[]) => unknown, what = l10n.t('A command failed')) =>
		context.subscriptions.push(commands.registerCommand(id, guarded(host.log, what, handler)));
	const registerQuery = (id: string, name: keyof Queries) =>
		register(id, async (argument) => (await import('./queries.ts'))[name](host, questionOf(argument)));
	registerQuery(COMMANDS.querySelection, 'querySelection');
	registerQuery(COMMANDS.queryBuffer, 'queryBuffer');
	registerQuery(COMMANDS.queryWorkspace, 'queryWorkspace');
	register(COMMANDS.showLog, () => host.log.show());
	register(COMMANDS.cancelRun, async () => (await chooseUnderWay(host.runs, l10n.t('Cancel which run?')))?.cancel());
	register(COMMANDS.answerNow, async () =>
		(await chooseUnderWay(host.runs, l10n.t('Answer which run now?')))?.answerNow(),
	);
	register(COMMANDS.openRunInEditor, async () => host.panel.openInEditor(await host.panel.currentRun()));
	register(COMMANDS.showRun, (id) => showRun(host, id));
	register(COMMANDS.exportRun, () => host.panel.export());
	register(COMMANDS.openWalkthrough, () =>
		commands.executeCommand('workbench.action.openWalkthrough', `${context.extension.id}#rlm`, false),
	);
	register(COMMANDS.pickModels, () => chooseModels(host), l10n.t('The models could not be listed'));
	register(
		COMMANDS.evaluateModels,
		async () => (await import('./evaluate/evaluateModels.ts')).evaluateModels(context, host),
		l10n.t('The models could not be evaluated'),
	);
	register(COMMANDS.setApiKey, () => setKeyOfServer(context), l10n.t('The key could not be set'));
	register(COMMANDS.setSandboxToken, () => setTokenOfSandbox(context));
}

/** @param id of the run; absent to ask the user */
async function showRun({ runs, panel }: QueryHost, id: unknown): Promise<void> {
	const run = typeof id === 'string' ? await runs.load(id) : undefined;
	await (run ? panel.reveal(run) : panel.pickRun());
}

/** Gives the question that a key binding or another extension passed as `{ "question": "…" }`. */
function questionOf(argument: unknown): string | undefined {
	const isObject = typeof argument === 'object' && argument !== null;
	return isObject && 'question' in argument && typeof argument.question === 'string' ? argument.question : undefined;
}

/** Gives the only run under way, or lets the user choose one. */
async function chooseUnderWay(runs: Runs, title: string): Promise<Run | undefined> {
	const choices = runs.underWay().map((run) => ({
		label: withoutIcons(run.question),
		description: withoutIcons(run.contextLabel),
		run,
	}));
	if (choices.length === 0) void window.showInformationMessage(l10n.t('RLM is not running.'));
	return (choices.length > 1 ? await window.showQuickPick(choices, { title }) : choices[0])?.run;
}

async function chooseModels(host: QueryHost): Promise<void> {
	await (await import('./pickModels.ts')).pickModels(host);
}

async function setKeyOfServer({ secrets }: ExtensionContext): Promise<void> {
	const settings = await currentSettings();
	if (settings.servers.length > 0) return (await import('./secrets.ts')).setApiKey(secrets, settings);
	void showError({ message: l10n.t('The settings name no server.'), actions: ['add-server', 'edit-settings'] });
}

async function setTokenOfSandbox({ secrets }: ExtensionContext): Promise<void> {
	await (await import('./secrets.ts')).setSandboxToken(secrets, await currentSettings());
}

async function currentSettings(): Promise<Settings> {
	return (await import('./settings.ts')).readSettings();
}
