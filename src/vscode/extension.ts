import { type ExtensionContext, l10n, Uri, window } from 'vscode';
import { reasonOf } from '../core/errors.ts';
import { AnswerFiles } from './answerFile.ts';
import { createApi, type RlmApi } from './api.ts';
import { registerChatPanel } from './chat/register.ts';
import { registerCommands } from './commands.ts';
import { Consent } from './consent/consent.ts';
import { KeyConsent } from './consent/keyConsent.ts';
import { registerConsent } from './consent/register.ts';
import { EngineHost } from './engineHost.ts';
import { registerFleet } from './fleet/register.ts';
import { registerHistory } from './history/register.ts';
import { Log } from './log.ts';
import { registerChat } from './nativeChat/register.ts';
import { RunPanel } from './runPanel/runPanel.ts';
import { Runs } from './runs/runs.ts';
import { registerSummaries } from './summaries/register.ts';

let engines: EngineHost | undefined;

/** Puts the parts together. Touches no file, server or thread: that waits for the first command. */
export function activate(context: ExtensionContext): RlmApi {
	try {
		const log = new Log();
		context.subscriptions.push(log);
		const keyConsent = new KeyConsent(context);
		engines = new EngineHost(context, log, keyConsent);
		const answers = new AnswerFiles(context.globalStorageUri);
		const consent = new Consent(context, keyConsent);
		const storage = context.storageUri ?? context.globalStorageUri;
		const runs = new Runs({ engines, log, consent, file: Uri.joinPath(storage, 'runs.jsonl').fsPath });
		const panel = new RunPanel({ extensionUri: context.extensionUri, runs, log });
		context.subscriptions.push(runs, panel);
		const host = { runs, engines, answers, log, panel };
		registerCommands(context, host);
		registerSummaries(context, host);
		registerChat(context, host);
		registerFleet(context, host);
		registerChatPanel(context, host);
		registerHistory(context, host);
		registerConsent(context, host, consent);
		return createApi(runs);
	} catch (error) {
		const reason = reasonOf(error);
		void window.showErrorMessage(l10n.t('RLM could not start: {0}', reason));
		throw error;
	}
}

/** Ends everything that runs; VS Code waits for it. */
export async function deactivate(): Promise<void> {
	await engines?.dispose();
}
