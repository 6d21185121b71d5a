import { commands, type ExtensionContext, l10n } from 'vscode';
import { CancelledError } from '../../core/errors.ts';
import { guarded } from '../guarded.ts';
import { COMMANDS, SERVERS_VIEW } from '../names.ts';
import type { QueryHost } from '../runQuery.ts';
import { serverOfKey } from '../secretNames.ts';
import { Fleet } from './fleet.ts';
import type { ServerCommands } from './serverCommands.ts';
import { ServersView } from './serversView.ts';
import { StatusBar } from './statusBar.ts';

type OnServer = 'retry' | 'drain' | 'edit' | 'remove' | 'setKey' | 'test';

/** Registers the views of the servers and their commands. Loads the rest on first use. */
export function registerFleet(context: ExtensionContext, host: QueryHost): void {
	const fleet = new Fleet(host);
	context.subscriptions.push(fleet, new StatusBar(fleet), new ServersView(fleet));
	const tried = <A extends readonly unknown[]>(handler: (...args: A) => unknown) =>
		guarded(host.log, l10n.t('A command for servers failed'), handler, (error) => error instanceof CancelledError);
	const register = (id: string, handler: (argument: unknown) => unknown) =>
		context.subscriptions.push(commands.registerCommand(id, tried(handler)));
	const load = async (): Promise<ServerCommands> =>
		new (await import('./serverCommands.ts')).ServerCommands(fleet, context.secrets, host.engines);
	const onServer = (id: string, name: OnServer) => register(id, async (item) => (await load())[name](idOf(item)));
	register(COMMANDS.addServer, async () => (await load()).add());
	register(COMMANDS.detectServers, async () => (await load()).detect());
	register(COMMANDS.showServers, () => commands.executeCommand(`${SERVERS_VIEW}.focus`));
	register(COMMANDS.retryServers, () => fleet.retryNow());
	register(COMMANDS.diagnose, async () => (await import('../diagnose/diagnose.ts')).diagnose(context, host, fleet));
	register(COMMANDS.serverActions, async () => (await import('./serverActions.ts')).chooseServerAction(fleet));
	onServer(COMMANDS.serverRetry, 'retry');
	onServer(COMMANDS.serverResume, 'retry');
	onServer(COMMANDS.serverDrain, 'drain');
	onServer(COMMANDS.serverEdit, 'edit');
	onServer(COMMANDS.serverRemove, 'remove');
	onServer(COMMANDS.serverSetKey, 'setKey');
	onServer(COMMANDS.serverTest, 'test');
	context.subscriptions.push(
		context.secrets.onDidChange(({ key }) => {
			const id = serverOfKey(key);
			// A refused key has marked the server as failed: try the new one at once.
			if (id !== undefined && host.engines.opened) void tried(() => fleet.retryNow([id]))();
		}),
	);
}

/** Reads the id of a server: the view passes its item, other callers `{ id }`. */
function idOf(item: unknown): string | undefined {
	const isObject = typeof item === 'object' && item !== null;
	return isObject && 'id' in item && typeof item.id === 'string' ? item.id : undefined;
}
