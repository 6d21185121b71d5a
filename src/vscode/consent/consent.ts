import { type ExtensionContext, l10n, type Memento, window, workspace } from 'vscode';
import { CancelledError } from '../../core/errors.ts';
import { DEFAULT_LIMITS } from '../../core/limits.ts';
import type { Settings } from '../../pool/settings.ts';
import type { CollectedContext } from '../contextSource.ts';
import { estimateContext } from './contextEstimate.ts';
import { destinationsOf } from './destinations.ts';
import { ceilingText, sizeText } from './estimateTexts.ts';

const KEY = 'rlm.consent';

/** When the user is asked before a run reads a whole workspace. */
type AskBefore = 'remote' | 'always' | 'never';

/** Asks before the text of a workspace goes to a server for the first time, and remembers the answer. */
export class Consent {
	readonly #memento: Memento;

	constructor({ workspaceState }: ExtensionContext) {
		this.#memento = workspaceState;
	}

	/** Passes when the user agrees, now or earlier. @throws CancelledError when not */
	async ask(label: string, context: CollectedContext, settings: Settings): Promise<void> {
		const askBefore = workspace.getConfiguration('rlm').get<AskBefore>('context.askBeforeWorkspace', 'remote');
		const destinations = destinationsOf(settings).filter(({ isLocal }) => askBefore === 'always' || !isLocal);
		const urls = destinations.map(({ url }) => url);
		const agreed = new Set(this.#memento.get<string[]>(KEY, []));
		if (askBefore === 'never' || urls.every((url) => agreed.has(url))) return;
		const contexts = context.contexts.filter((one) => one.kind !== 'json');
		const estimate = estimateContext(contexts, { ...DEFAULT_LIMITS, ...settings.limits });
		const servers = destinations.map(({ id, url }) => `${id} (${url})`).join(', ');
		const detail = [
			sizeText(estimate),
			l10n.t('A model sees only the parts that its code looks at. They are sent to {0}.', servers),
			ceilingText(estimate.limits),
		].join('\n\n');
		const once = l10n.t('Ask');
		const always = l10n.t("Ask, and Don't Ask Me Again Here");
		const title = l10n.t('Ask about {0}?', label);
		const chosen = await window.showInformationMessage(title, { modal: true, detail }, once, always);
		if (chosen === undefined) throw new CancelledError();
		if (chosen === always) await this.#memento.update(KEY, [...agreed, ...urls]);
	}

	/** From now on the user is asked again. */
	async forget(): Promise<void> {
		await this.#memento.update(KEY, undefined);
		void window.showInformationMessage(l10n.t('You will be asked again before a run reads this workspace.'));
	}
}
