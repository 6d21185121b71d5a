import { type ExtensionContext, l10n, type Memento, window } from 'vscode';
import type { Settings } from '../../settings/settings.ts';
import type { CollectedContext } from '../contextSource.ts';
import type { KeyConsent } from './keyConsent.ts';

const KEY = 'rlm.consent';

/** Asks before the text of a workspace goes to a server for the first time, and remembers the answer. */
export class Consent {
	readonly #memento: Memento;
	readonly #keys: KeyConsent;

	/** @param keys consent for keys, which is forgotten together with this */
	constructor({ workspaceState }: ExtensionContext, keys: KeyConsent) {
		this.#memento = workspaceState;
		this.#keys = keys;
	}

	/** Asks unless the user has agreed before. @throws CancelledError when the user does not agree */
	async ask(label: string, context: CollectedContext, settings: Settings): Promise<void> {
		const agreed = this.#memento.get<string[]>(KEY, []);
		const { askConsent } = await import('./askConsent.ts');
		const added = await askConsent({ label, context, settings, agreed });
		if (added.length > 0) await this.#memento.update(KEY, [...agreed, ...added]);
	}

	/** Forgets the answers, so that the user is asked again. */
	async forget(): Promise<void> {
		await this.#memento.update(KEY, undefined);
		await this.#keys.forget();
		void window.showInformationMessage(l10n.t('You will be asked again before a run reads this workspace.'));
	}
}
