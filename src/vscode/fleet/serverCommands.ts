import { l10n, ProgressLocation, type SecretStorage, window } from 'vscode';
import { CancelledError } from '../../core/errors.ts';
import type { ServerSettings } from '../../settings/servers.ts';
import { addServerSetting, openServerSetting, removeServerSetting } from '../addServer/serverSetting.ts';
import { testServer } from '../addServer/testServer.ts';
import { cutText, testText, warningText } from '../addServer/texts.ts';
import { AddServerWizard } from '../addServer/wizard.ts';
import type { EngineHost } from '../engineHost.ts';
import { enterApiKey, removeApiKey } from '../secrets.ts';
import { readSettings } from '../settings.ts';
import { showError } from '../showError.ts';
import { signalOf } from '../signal.ts';
import type { Fleet } from './fleet.ts';

/** Commands for servers. Each asks which server when none is named. */
export class ServerCommands {
	readonly #fleet: Fleet;
	readonly #secrets: SecretStorage;
	readonly #engines: EngineHost;

	constructor(fleet: Fleet, secrets: SecretStorage, engines: EngineHost) {
		this.#fleet = fleet;
		this.#secrets = secrets;
		this.#engines = engines;
	}

	/** Guides the user through adding a server. @returns its settings; undefined when the user left */
	async add(): Promise<ServerSettings | undefined> {
		const added = await new AddServerWizard(this.#secrets).run();
		if (!added) return undefined;
		const { server, end, isUsedHere } = added;
		const test = end && testText(end.test);
		const troubles = [
			...(end ? [cutText(end.test), ...end.warnings.map(warningText)] : []),
			isUsedHere ? undefined : l10n.t('This workspace has its own servers, which are used here instead.'),
		].filter((text) => text !== undefined);
		const text = [l10n.t('{0} was added.', server.id), test, ...troubles]
			.filter((part) => part !== undefined)
			.join(' ');
		void (troubles.length === 0 ? window.showInformationMessage(text) : window.showWarningMessage(text));
		return server;
	}

	/** Finds servers on this machine and adds those that the user chooses. */
	async detect(): Promise<void> {
		const options = {
			location: ProgressLocation.Notification,
			title: l10n.t('Looking for servers'),
			cancellable: true,
		};
		const found = await window.withProgress(options, (_progress, token) =>
			withSignal(signalOf(token), async (signal) => {
				const { discoverServers } = await import('../../pool/discover.ts');
				return discoverServers(signal);
			}),
		);
		const taken = new Set(readSettings().servers.map(({ id }) => id));
		const items = found
			.filter(({ id }) => !taken.has(id))
			.map((server) => ({ label: server.id, description: server.url ?? '', picked: true, server }));
		if (items.length === 0) return this.#offerToAdd();
		const title = l10n.t('Add which servers?');
		const chosen = (await window.showQuickPick(items, { title, canPickMany: true })) ?? [];
		for (const { server } of chosen) await addServerSetting(server);
	}

	async #offerToAdd(): Promise<void> {
		const add = l10n.t('Add Server…');
		const message = l10n.t('No further server answers on the usual ports of this machine.');
		if ((await window.showInformationMessage(message, add)) === add) await this.add();
	}

	async retry(id: string | undefined): Promise<void> {
		const chosen = id ?? (await this.#choose(l10n.t('Retry which server?')));
		if (chosen !== undefined) await this.#fleet.retryNow([chosen]);
	}

	async drain(id: string | undefined): Promise<void> {
		const chosen = id ?? (await this.#choose(l10n.t('Pause which server?')));
		if (chosen !== undefined) await this.#fleet.drain(chosen);
	}

	/** Opens the settings file, which holds all servers. */
	async edit(): Promise<void> {
		await openServerSetting();
	}

	/** Removes a server and its key, once the user has confirmed it. */
	async remove(id: string | undefined): Promise<void> {
		const chosen = id ?? (await this.#choose(l10n.t('Remove which server?')));
		if (chosen === undefined) return;
		const remove = l10n.t('Remove');
		const detail = l10n.t('It is removed from the settings, and its stored key is deleted.');
		const title = l10n.t('Remove the server "{0}"?', chosen);
		if ((await window.showWarningMessage(title, { modal: true, detail }, remove)) !== remove) return;
		await removeServerSetting(chosen);
		await removeApiKey(this.#secrets, chosen);
	}

	async setKey(id: string | undefined): Promise<void> {
		const chosen = id ?? (await this.#choose(l10n.t('API key of which server?')));
		const server = readSettings().servers.find((one) => one.id === chosen);
		if (server) await enterApiKey(this.#secrets, server);
	}

	/** Makes a test call and shows the result. */
	async test(id: string | undefined): Promise<void> {
		const chosen = id ?? (await this.#choose(l10n.t('Test which server?')));
		const settings = readSettings();
		const server = settings.servers.find((one) => one.id === chosen);
		if (!server) return;
		const title = l10n.t('A test call to {0}', server.id);
		const options = { location: ProgressLocation.Notification, title, cancellable: true };
		const test = await window.withProgress(options, (_progress, token) =>
			withSignal(signalOf(token), (signal) => testServer(server, this.#engines.keysOf(settings), signal)),
		);
		const cut = cutText(test);
		if (cut === undefined) void window.showInformationMessage(testText(test));
		else void window.showWarningMessage(`${testText(test)} ${cut}`);
	}

	async #choose(title: string): Promise<string | undefined> {
		const { servers } = readSettings();
		if (servers.length === 0) {
			void showError({ message: l10n.t('The settings name no server.'), actions: ['add-server', 'edit-settings'] });
			return undefined;
		}
		if (servers.length === 1) return servers[0]?.id;
		const items = servers.map(({ id, kind, url }) => ({ label: id, description: url ?? kind }));
		return (await window.showQuickPick(items, { title, matchOnDescription: true }))?.label;
	}
}

async function withSignal<T>(
	{ signal, dispose }: ReturnType<typeof signalOf>,
	work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
	try {
		return await work(signal);
	} catch (error) {
		throw signal.aborted ? new CancelledError() : error;
	} finally {
		dispose();
	}
}
