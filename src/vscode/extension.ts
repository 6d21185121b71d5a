import { type ExtensionContext, l10n, Uri, window } from 'vscode';
import { AnswerFiles } from './answerFile.ts';
import { createApi, type RlmApi } from './api.ts';
import { registerCommands } from './commands.ts';
import { EngineHost } from './engineHost.ts';
import { Log } from './log.ts';
import { RunPanel } from './panel/runPanel.ts';
import { Runs } from './runs/runs.ts';

let engines: EngineHost | undefined;

/** Puts the parts together. No file, server or thread is touched here: that waits for the first command. */
export function activate(context: ExtensionContext): RlmApi {
	try {
		const log = new Log();
		context.subscriptions.push(log);
		engines = new EngineHost(context, log);
		const answers = new AnswerFiles(context.globalStorageUri);
		const storage = context.storageUri ?? context.globalStorageUri;
		const runs = new Runs({ engines, log, file: Uri.joinPath(storage, 'runs.jsonl').fsPath });
		const panel = new RunPanel({ extensionUri: context.extensionUri, runs, log });
		context.subscriptions.push(runs, panel);
		registerCommands(context, { runs, engines, answers, log, panel });
		return createApi(runs);
	} catch (error) {
		const reason = error instanceof Error ? error.message : String(error);
		void window.showErrorMessage(l10n.t('RLM could not start: {0}', reason));
		throw error;
	}
}

/** Ends what is running; VS Code waits for it. */
export async function deactivate(): Promise<void> {
	await engines?.dispose();
}
