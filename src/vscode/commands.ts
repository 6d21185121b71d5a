import { commands, type ExtensionContext, l10n, window } from 'vscode';
import { explain } from '../core/errors.ts';
import { COMMANDS } from './names.ts';
import type { QueryHost } from './runQuery.ts';
import type { Runs } from './runs/runs.ts';
import { setApiKey } from './secrets.ts';
import { showError } from './showError.ts';

type Queries = typeof import('./queries.ts');

/** Registers the commands. What they need is loaded when one of them is used for the first time. */
export function registerCommands(context: ExtensionContext, host: QueryHost): void {
	const register = (id: string, handler: (...args: unknown[]) => unknown) =>
		context.subscriptions.push(commands.registerCommand(id, handler));
	const registerQuery = (id: string, name: keyof Queries) =>
		register(id, async (argument) => (await import('./queries.ts'))[name](host, questionOf(argument)));
	registerQuery(COMMANDS.querySelection, 'querySelection');
	registerQuery(COMMANDS.queryBuffer, 'queryBuffer');
	registerQuery(COMMANDS.queryWorkspace, 'queryWorkspace');
	register(COMMANDS.showLog, () => host.log.show());
	register(COMMANDS.cancelRun, () => cancelRun(host.runs));
	register(COMMANDS.setApiKey, () => setKeyOfServer(context, host));
}

/** A key binding or another extension may pass `{ "question": "…" }`; else the user is asked. */
function questionOf(argument: unknown): string | undefined {
	const isObject = typeof argument === 'object' && argument !== null;
	return isObject && 'question' in argument && typeof argument.question === 'string' ? argument.question : undefined;
}

async function cancelRun(runs: Runs): Promise<void> {
	const choices = runs.underWay().map((run) => ({ label: run.question, description: run.contextLabel, run }));
	if (choices.length === 0) void window.showInformationMessage(l10n.t('RLM is not running.'));
	const title = l10n.t('Cancel which run?');
	const chosen = choices.length > 1 ? await window.showQuickPick(choices, { title }) : choices[0];
	chosen?.run.cancel();
}

async function setKeyOfServer(context: ExtensionContext, host: QueryHost): Promise<void> {
	try {
		const { readSettings } = await import('./settings.ts');
		const settings = readSettings();
		if (settings.servers.length > 0) return await setApiKey(context.secrets, settings);
		const message = l10n.t('No servers are configured. Add one to the setting rlm.servers first.');
		void showError({ message, actions: ['edit-settings'] });
	} catch (error) {
		host.log.error(l10n.t('The key could not be set'), error);
		void showError(explain(error));
	}
}
