import type { ExtensionContext, Memento } from 'vscode';
import type { ServerSettings } from '../../settings/servers.ts';

const KEY = 'rlm.keyConsent';

/** Asks before the settings of a workspace send environment variables anywhere, and remembers the answer. */
export class KeyConsent {
	readonly #memento: Memento;
	/** Answers in this window. A refusal holds until the window closes, because servers are checked repeatedly. */
	readonly #asked = new Map<string, Promise<boolean>>();

	constructor({ workspaceState }: Pick<ExtensionContext, 'workspaceState'>) {
		this.#memento = workspaceState;
	}

	/** Tells whether a server may get the variables that the settings name for it. */
	async allows(server: ServerSettings): Promise<boolean> {
		if (server.apiKeyEnv === undefined && server.headersEnv === undefined) return true;
		const { askKeyConsent, isUsersOwn, whatIsSent } = await import('./askKeyConsent.ts');
		if (isUsersOwn(server)) return true;
		const what = whatIsSent(server);
		if (this.#agreed.includes(what)) return true;
		const asked = this.#asked.get(what) ?? askKeyConsent(server);
		this.#asked.set(what, asked);
		const isAllowed = await asked;
		if (isAllowed && !this.#agreed.includes(what)) await this.#memento.update(KEY, [...this.#agreed, what]);
		return isAllowed;
	}

	/** Forgets the answers, so that the user is asked again. */
	async forget(): Promise<void> {
		this.#asked.clear();
		await this.#memento.update(KEY, undefined);
	}

	get #agreed(): readonly string[] {
		return this.#memento.get<readonly string[]>(KEY, []);
	}
}
