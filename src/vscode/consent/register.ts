import { commands, type ExtensionContext, l10n } from 'vscode';
import { guarded } from '../guarded.ts';
import { COMMANDS } from '../names.ts';
import type { QueryHost } from '../runQuery.ts';
import type { Consent } from './consent.ts';

/** Registers the preview of a context and the commands for consent. */
export function registerConsent(context: ExtensionContext, host: QueryHost, consent: Consent): void {
	context.subscriptions.push(
		commands.registerCommand(COMMANDS.forgetConsent, () => consent.forget()),
		commands.registerCommand(
			COMMANDS.previewContext,
			guarded(host.log, l10n.t('The context could not be previewed'), async (folder: unknown) =>
				(await import('./previewContext.ts')).previewContext(host, folder),
			),
		),
	);
}
