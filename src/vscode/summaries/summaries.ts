import {
	CancellationTokenSource,
	commands,
	Disposable,
	type DocumentSelector,
	env,
	l10n,
	languages,
	type Position,
	ProgressLocation,
	Selection,
	type TextDocument,
	Uri,
	window,
	workspace,
} from 'vscode';
import type { Runs } from '../runs/runs.ts';
import { signalOf } from '../signal.ts';
import { SummaryHovers } from './hoverProvider.ts';
import { SummaryLenses } from './lensProvider.ts';
import { Summarizer } from './summarizer.ts';
import { SummaryStore } from './summaryStore.ts';
import { type CodeSymbol, symbolsOf } from './symbols.ts';

/** Most summaries of a file made at a time. The pool decides how many of their calls run. */
const RUNS_AT_A_TIME = 4;

/** Summaries of functions, types and files: the commands, and the providers of lenses and hovers. */
export class Summaries {
	readonly #store: SummaryStore;
	readonly #summarizer: Summarizer;

	/** @param folder the extension's storage for this workspace */
	constructor(runs: Runs, folder: Uri) {
		this.#store = new SummaryStore(folder);
		this.#summarizer = new Summarizer(runs, this.#store);
	}

	provide(selector: DocumentSelector): Disposable {
		return Disposable.from(
			languages.registerCodeLensProvider(selector, new SummaryLenses(this.#summarizer, this.#store)),
			languages.registerHoverProvider(selector, new SummaryHovers(this.#summarizer, this.#store)),
		);
	}

	/** Summarizes a symbol, by default the one at the cursor, and shows the result where no lens does. */
	async summarizeSymbol(uri: unknown, id: unknown): Promise<string | undefined> {
		const found = await this.#find(uri, id);
		if (!found) return undefined;
		const { document, symbol } = found;
		const title = l10n.t('Summarizing {0}', symbol.name || workspace.asRelativePath(document.uri));
		const summary = await this.#withProgress(title, (_report, signal) =>
			this.#summarizer.summarize(document, symbol, signal),
		);
		const state = this.#summarizer.stateOf(document, symbol);
		if (!summary && state.kind === 'failed') void window.showErrorMessage(l10n.t('No summary: {0}', state.reason));
		return summary?.text;
	}

	/** Summarizes the active file and every symbol in it without a summary. @returns how many were made */
	async summarizeFile(): Promise<number | undefined> {
		const document = window.activeTextEditor?.document;
		if (!document) {
			void window.showInformationMessage(l10n.t('No text editor is active: open the file to summarize.'));
			return undefined;
		}
		const symbols = await this.#symbols(document);
		const missing = symbols.filter((symbol) => this.#summarizer.stateOf(document, symbol).kind !== 'fresh');
		const title = l10n.t('Summarizing {0}', workspace.asRelativePath(document.uri));
		const made = await this.#withProgress(title, (report, signal) => this.#all(document, missing, report, signal));
		const failed = symbols.filter((symbol) => this.#summarizer.stateOf(document, symbol).kind === 'failed').length;
		if (failed > 0) void window.showWarningMessage(l10n.t('{0} of {1} summaries failed.', failed, symbols.length));
		return made;
	}

	/** Opens the hover with the whole summary. */
	async show(uri: unknown, id: unknown): Promise<void> {
		const found = await this.#find(uri, id);
		if (!found) return;
		const { document, symbol } = found;
		if (symbol.name === '') return this.#showInDocument(document, symbol);
		const editor = await window.showTextDocument(document);
		editor.selection = new Selection(symbol.nameRange.start, symbol.nameRange.start);
		await commands.executeCommand('editor.action.showHover');
	}

	async copy(uri: unknown, id: unknown): Promise<void> {
		const found = await this.#find(uri, id);
		const state = found && this.#summarizer.stateOf(found.document, found.symbol);
		if (state && 'summary' in state) await env.clipboard.writeText(state.summary.text);
	}

	clear(): Promise<void> {
		return this.#summarizer.clear();
	}

	dispose(): void {
		this.#summarizer.dispose();
	}

	/** Shows the summary of a file, which has no name to hover over. */
	async #showInDocument(document: TextDocument, symbol: CodeSymbol): Promise<void> {
		const state = this.#summarizer.stateOf(document, symbol);
		if (!('summary' in state)) return;
		const content = `# ${workspace.asRelativePath(document.uri)}\n\n${state.summary.text}\n`;
		await window.showTextDocument(await workspace.openTextDocument({ language: 'markdown', content }), {
			preview: true,
		});
	}

	async #all(
		document: TextDocument,
		symbols: readonly CodeSymbol[],
		report: (message: string) => void,
		signal: AbortSignal,
	): Promise<number> {
		const queue = [...symbols];
		let done = 0;
		let made = 0;
		const work = async (): Promise<void> => {
			for (let symbol = queue.shift(); symbol && !signal.aborted; symbol = queue.shift()) {
				report(l10n.t('{0} of {1}', done, symbols.length));
				if (await this.#summarizer.summarize(document, symbol, signal)) made++;
				done++;
			}
		};
		await Promise.all(Array.from({ length: RUNS_AT_A_TIME }, work));
		return made;
	}

	async #withProgress<T>(
		title: string,
		work: (report: (message: string) => void, signal: AbortSignal) => Promise<T>,
	): Promise<T> {
		const options = { location: ProgressLocation.Notification, title, cancellable: true };
		return window.withProgress(options, async (progress, token) => {
			const { signal, dispose } = signalOf(token);
			try {
				return await work((message) => progress.report({ message }), signal);
			} finally {
				dispose();
			}
		});
	}

	/** Finds the symbol that a lens names, or the innermost one at the cursor. */
	async #find(uri: unknown, id: unknown): Promise<{ document: TextDocument; symbol: CodeSymbol } | undefined> {
		const editor = window.activeTextEditor;
		const document = uri === undefined ? editor?.document : await workspace.openTextDocument(asUri(uri));
		if (!document) {
			void window.showInformationMessage(l10n.t('No text editor is active: open the file to summarize.'));
			return undefined;
		}
		const symbols = await this.#symbols(document);
		const isNamed = typeof id === 'string';
		const symbol = isNamed
			? symbols.find((one) => one.id === id)
			: innermost(symbols, editor?.selection.active ?? symbols[0]?.range.start);
		return symbol && { document, symbol };
	}

	async #symbols(document: TextDocument): Promise<readonly CodeSymbol[]> {
		await this.#store.load();
		const source = new CancellationTokenSource();
		try {
			return await symbolsOf(document, this.#summarizer.compute, source.token);
		} finally {
			source.dispose();
		}
	}
}

function innermost(symbols: readonly CodeSymbol[], position: Position | undefined): CodeSymbol | undefined {
	return symbols.findLast(({ range }) => position && range.contains(position));
}

/** Reads the JSON argument of a link in a hover. */
function asUri(value: unknown): Uri {
	return value instanceof Uri ? value : Uri.from(value as { scheme: string });
}
