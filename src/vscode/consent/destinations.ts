import { shownAddress } from '../../models/http/address.ts';
import { isLoopback } from '../../node/loopback.ts';
import { serverUrl } from '../../settings/servers.ts';
import type { Settings } from '../../settings/settings.ts';

/** A server that parts of a context may be sent to. */
export interface Destination {
	readonly id: string;
	/** Address; `vscode` for the models of the editor. */
	readonly url: string;
	/** Runs on this machine. */
	readonly isLocal: boolean;
}

/** Lists the servers to which a run with these settings may send text. The built-in engine sends nothing. */
export function destinationsOf({ servers }: Settings): readonly Destination[] {
	return servers
		.filter(({ kind }) => kind !== 'builtin')
		.map((server) => {
			const url = shownAddress(serverUrl(server));
			return { id: server.id, url, isLocal: server.kind !== 'vscode' && isLoopback(new URL(url).hostname) };
		});
}
