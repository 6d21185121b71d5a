import { commands, type ExtensionContext, l10n } from 'vscode';
import { explain } from '../../core/errors.ts';
import { COMMANDS } from '../names.ts';
import type { QueryHost } from '../runQuery.ts';
import { showError } from '../showError.ts';
import type { Consent } from './consent.ts';

/** Registers what shows and governs which text a run may read. */
export function registerConsent(context: ExtensionContext, host: QueryHost, consent: Consent): void {
	context.subscriptions.push(
		commands.registerCommand(COMMANDS.forgetConsent, () => consent.forget()),
		commands.registerCommand(COMMANDS.previewContext, async (folder) => {
			try {
				return await (await import('./previewContext.ts')).previewContext(host, folder);
			} catch (error) {
				host.log.error(l10n.t('The context could not be previewed'), error);
				void showError(explain(error));
				return undefined;
			}
		}),
	);
}
