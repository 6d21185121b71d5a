import {
	type CancellationToken,
	Hover,
	type HoverProvider,
	l10n,
	MarkdownString,
	type Position,
	type TextDocument,
} from 'vscode';
import { COMMANDS } from '../names.ts';
import { harmless } from '../safeMarkdown.ts';
import type { Summarizer } from './summarizer.ts';
import type { SummaryStore } from './summaryStore.ts';
import { symbolsOf } from './symbols.ts';

/** Shows the summary of the symbol under the mouse. */
export class SummaryHovers implements HoverProvider {
	readonly #summarizer: Summarizer;
	readonly #store: SummaryStore;

	constructor(summarizer: Summarizer, store: SummaryStore) {
		this.#summarizer = summarizer;
		this.#store = store;
	}

	async provideHover(document: TextDocument, position: Position, token: CancellationToken): Promise<Hover | undefined> {
		const [symbols] = await Promise.all([symbolsOf(document, this.#summarizer.compute, token), this.#store.load()]);
		const symbol = symbols.find(({ nameRange, name }) => name !== '' && nameRange.contains(position));
		if (!symbol) return undefined;
		const state = this.#summarizer.stateOf(document, symbol);
		if (state.kind !== 'fresh' && state.kind !== 'stale') return undefined;
		return new Hover(hoverText(document, symbol.id, state), symbol.nameRange);
	}
}

type Known = Extract<ReturnType<Summarizer['stateOf']>, { summary: unknown }>;

/** Renders a summary without HTML, images or command links, as a model wrote it. Our own links form a separate part. */
function hoverText(document: TextDocument, id: string, { kind, summary }: Known): MarkdownString[] {
	const text = new MarkdownString(kind === 'stale' ? `*${l10n.t('It has changed since this was written.')}*\n\n` : '');
	text.appendMarkdown(harmless(summary.text));
	const links = new MarkdownString(
		[
			`[${l10n.t('Summarize again')}](${commandUri(COMMANDS.summarizeSymbol, [document.uri, id])})`,
			`[${l10n.t('Copy')}](${commandUri(COMMANDS.copySummary, [document.uri, id])})`,
		].join(' · '),
	);
	links.isTrusted = { enabledCommands: [COMMANDS.summarizeSymbol, COMMANDS.copySummary] };
	return [text, links];
}

function commandUri(command: string, args: readonly unknown[]): string {
	return `command:${command}?${encodeURIComponent(JSON.stringify(args))}`;
}
