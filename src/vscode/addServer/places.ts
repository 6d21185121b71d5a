import { l10n, type QuickPickItem, QuickPickItemKind } from 'vscode';
import { CancelledError } from '../../core/errors.ts';
import { SERVICES, SOFTWARE } from '../../models/kinds.ts';
import { discoverServers } from '../../pool/discover.ts';
import { type ServerSettings, serverUrl } from '../../settings/servers.ts';

/** A place that may have a server. Without address and server, the wizard asks for the address. */
export interface ServerPlace extends QuickPickItem {
	readonly address?: string;
	/** Complete, so the wizard asks nothing more about it. */
	readonly server?: ServerSettings;
}

/** Places to choose from: those known now, and the servers of this machine once they are found. */
export function placeItems(existing: readonly ServerSettings[]): {
	readonly items: readonly ServerPlace[];
	more(signal: AbortSignal): Promise<readonly ServerPlace[]>;
} {
	const hasEditor = existing.some(({ kind }) => kind === 'vscode');
	const ofEditor: ServerPlace = {
		label: `$(vm) ${l10n.t('Models of VS Code')}`,
		detail: l10n.t('The models that VS Code offers. It asks before it lends one.'),
		server: { id: 'vscode', kind: 'vscode' },
	};
	const software = SOFTWARE.map(({ name }) => name).join(', ');
	const items: ServerPlace[] = [
		heading(l10n.t('By address')),
		{
			label: `$(globe) ${l10n.t('A server at an address…')}`,
			detail: l10n.t('{0}, and anything that speaks the OpenAI or Anthropic protocol', software),
		},
		heading(l10n.t('Services')),
		...SERVICES.flatMap(({ name, url }) =>
			url === undefined ? [] : [{ label: `$(cloud) ${name}`, description: url, address: url }],
		),
		...(hasEditor ? [] : [ofEditor]),
	];
	return { items, more: (signal) => foundItems(existing, signal) };
}

async function foundItems(existing: readonly ServerSettings[], signal: AbortSignal): Promise<readonly ServerPlace[]> {
	try {
		const known = new Set(existing.map((server) => rootOf(serverUrl(server))));
		const found = (await discoverServers(signal)).filter((server) => !known.has(rootOf(serverUrl(server))));
		const items = found.map(({ id, url = '', models = [] }) => ({
			label: `$(server) ${id}`,
			description: url,
			detail: models.slice(0, 5).join(', '),
			address: url,
		}));
		return items.length === 0 ? [] : [heading(l10n.t('Found on this machine')), ...items];
	} catch (error) {
		if (error instanceof CancelledError) return [];
		throw error;
	}
}

function heading(label: string): ServerPlace {
	return { label, kind: QuickPickItemKind.Separator };
}

function rootOf(url: string): string {
	return url.replace('localhost', '127.0.0.1').replace(/\/(v1)?$/, '');
}
