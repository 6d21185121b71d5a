import { l10n, window, workspace } from 'vscode';
import { CancelledError } from '../../core/errors.ts';
import { DEFAULT_LIMITS } from '../../core/limits.ts';
import type { AskBefore } from '../../settings/editorSettings.ts';
import type { Settings } from '../../settings/settings.ts';
import type { CollectedContext } from '../contextSource.ts';
import { estimateContext } from './contextEstimate.ts';
import { destinationsOf } from './destinations.ts';
import { ceilingText, sizeText } from './estimateTexts.ts';

/** The context to ask about, and where it would go. */
export interface Question {
	readonly label: string;
	readonly context: CollectedContext;
	readonly settings: Settings;
	/** Addresses that the user has already allowed. */
	readonly agreed: readonly string[];
}

/**
 * Asks whether the text of a workspace may go to the servers of a run, unless the user has decided that before.
 * @returns addresses to remember as allowed
 * @throws CancelledError when the user does not agree
 */
export async function askConsent({ label, context, settings, agreed }: Question): Promise<readonly string[]> {
	const askBefore = workspace.getConfiguration('rlm').get<AskBefore>('context.askBeforeWorkspace', 'remote');
	const destinations = destinationsOf(settings).filter(({ isLocal }) => askBefore === 'always' || !isLocal);
	const urls = destinations.map(({ url }) => url);
	if (askBefore === 'never' || urls.every((url) => agreed.includes(url))) return [];
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
	return chosen === always ? urls : [];
}
