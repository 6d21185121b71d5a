import {
	type CancellationToken,
	CodeLens,
	type CodeLensProvider,
	type Command,
	type Event,
	l10n,
	Range,
	type TextDocument,
} from 'vscode';
import { COMMANDS } from '../names.ts';
import { withoutIcons } from '../withoutIcons.ts';
import type { Summarizer } from './summarizer.ts';
import type { SummaryStore } from './summaryStore.ts';
import { firstSentence, type SummaryState } from './summaryTitle.ts';
import { type CodeSymbol, symbolsOf } from './symbols.ts';

/**
 * Offers a lens over every function, type and file. Their number depends on the text alone, so nothing on the screen
 * moves when a summary arrives. Looks summaries up, and never makes one.
 */
export class SummaryLenses implements CodeLensProvider<SymbolLens> {
	readonly #summarizer: Summarizer;
	readonly #store: SummaryStore;

	constructor(summarizer: Summarizer, store: SummaryStore) {
		this.#summarizer = summarizer;
		this.#store = store;
	}

	get onDidChangeCodeLenses(): Event<void> {
		return this.#summarizer.onDidChange;
	}

	async provideCodeLenses(document: TextDocument, token: CancellationToken): Promise<SymbolLens[]> {
		const [symbols] = await Promise.all([symbolsOf(document, this.#summarizer.compute, token), this.#store.load()]);
		return symbols.map((symbol) => new SymbolLens(document, symbol));
	}

	resolveCodeLens(lens: SymbolLens): SymbolLens {
		lens.command = commandFor(lens, this.#summarizer.stateOf(lens.document, lens.symbol));
		return lens;
	}
}

class SymbolLens extends CodeLens {
	readonly document: TextDocument;
	readonly symbol: CodeSymbol;

	constructor(document: TextDocument, symbol: CodeSymbol) {
		super(new Range(symbol.nameRange.start, symbol.nameRange.start));
		this.document = document;
		this.symbol = symbol;
	}
}

function commandFor({ document, symbol }: SymbolLens, state: SummaryState): Command {
	const summarize = (title: string, tooltip: string): Command => ({
		title,
		tooltip,
		command: COMMANDS.summarizeSymbol,
		arguments: [document.uri, symbol.id],
	});
	switch (state.kind) {
		case 'absent': {
			const title = symbol.name === '' ? l10n.t('$(sparkle) Summarize file') : l10n.t('$(sparkle) Summarize');
			return summarize(title, l10n.t('Reads it and the places that use it'));
		}
		case 'running':
			return { title: l10n.t('$(sync~spin) Summarizing…'), command: '' };
		case 'failed':
			return summarize(l10n.t('$(error) No summary: try again'), state.reason);
		case 'stale':
			return summarize(
				l10n.t('$(history) Changed since: {0}', withoutIcons(firstSentence(state.summary.text))),
				l10n.t('Click to summarize it as it is now'),
			);
		case 'fresh':
			return {
				title: `$(sparkle) ${withoutIcons(firstSentence(state.summary.text))}`,
				tooltip: l10n.t('Click to read the summary'),
				command: COMMANDS.showSummary,
				arguments: [document.uri, symbol.id],
			};
	}
}
