import { commands, type Disposable, type DocumentSelector, type ExtensionContext, l10n, workspace } from 'vscode';
import { guarded } from '../guarded.ts';
import { COMMANDS } from '../names.ts';
import type { QueryHost } from '../runQuery.ts';

type Summaries = import('./summaries.ts').Summaries;

/** Selects documents worth a summary: files anywhere, but not logs, diffs or settings. */
const SUMMARIZABLE: DocumentSelector = ['file', 'untitled', 'vscode-remote', 'vscode-vfs', 'memfs'].map((scheme) => ({
	scheme,
}));

/** Registers the commands, and the lenses while their setting is on. Loads the rest on first use. */
export function registerSummaries(context: ExtensionContext, host: QueryHost): void {
	let loaded: Promise<Summaries> | undefined;
	const summaries = () => {
		loaded ??= import('./summaries.ts').then(({ Summaries }) => {
			const created = new Summaries(host.runs, context.storageUri ?? context.globalStorageUri);
			context.subscriptions.push(created);
			return created;
		});
		return loaded;
	};
	const register = (id: string, handler: (summaries: Summaries, ...args: unknown[]) => unknown) =>
		context.subscriptions.push(
			commands.registerCommand(
				id,
				guarded(host.log, l10n.t('The summary could not be made'), async (...args: unknown[]) =>
					handler(await summaries(), ...args),
				),
			),
		);
	register(COMMANDS.summarizeSymbol, (all, uri, id) => all.summarizeSymbol(uri, id));
	register(COMMANDS.summarizeFile, (all) => all.summarizeFile());
	register(COMMANDS.showSummary, (all, uri, id) => all.show(uri, id));
	register(COMMANDS.copySummary, (all, uri, id) => all.copy(uri, id));
	register(COMMANDS.clearSummaries, (all) => all.clear());
	followSetting(context, summaries);
}

/** Adds or removes lenses and hovers with the setting. */
function followSetting(context: ExtensionContext, summaries: () => Promise<Summaries>): void {
	let providers: Promise<Disposable> | undefined;
	const update = () => {
		const isWanted = workspace.getConfiguration('rlm').get<boolean>('codeLens.enabled') === true;
		if (isWanted === (providers !== undefined)) return;
		if (isWanted) providers = summaries().then((all) => all.provide(SUMMARIZABLE));
		else {
			void providers?.then((registered) => registered.dispose());
			providers = undefined;
		}
	};
	update();
	context.subscriptions.push(
		workspace.onDidChangeConfiguration((change) => change.affectsConfiguration('rlm.codeLens') && update()),
		{ dispose: () => void providers?.then((registered) => registered.dispose()) },
	);
}
