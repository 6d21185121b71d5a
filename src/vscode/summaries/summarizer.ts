import { EventEmitter, l10n, type TextDocument } from 'vscode';
import { computeScript } from '../../assets.ts';
import { Compute } from '../../compute/compute.ts';
import { CancelledError, explain } from '../../core/errors.ts';
import type { Runs } from '../runs/runs.ts';
import { contentHash } from './contentHash.ts';
import type { Summary, SummaryStore } from './summaryStore.ts';
import type { SummaryState } from './summaryTitle.ts';
import { symbolSource } from './symbolContext.ts';
import type { CodeSymbol } from './symbols.ts';

/** Contexts up to this size are read in one call: a symbol with its uses is small. Tokens. */
const DIRECT_BELOW_TOKENS = 24_000;

/** Makes summaries with runs, and keeps them. */
export class Summarizer {
	readonly #runs: Runs;
	readonly #store: SummaryStore;
	/** Summaries being made, by content hash. */
	readonly #running = new Map<string, Promise<Summary | undefined>>();
	/** Finds symbols where no language extension does. */
	readonly compute = new Compute(computeScript);
	readonly #failures = new Map<string, string>();
	readonly #onDidChange = new EventEmitter<void>();
	/** Fires when the state of a symbol has changed. */
	readonly onDidChange = this.#onDidChange.event;

	constructor(runs: Runs, store: SummaryStore) {
		this.#runs = runs;
		this.#store = store;
	}

	/** Gives the state of a symbol without reading anything. */
	stateOf(document: TextDocument, symbol: CodeSymbol): SummaryState {
		const hash = hashOf(document, symbol);
		if (this.#running.has(hash)) return { kind: 'running' };
		const summary = this.#store.of(hash);
		if (summary) return { kind: 'fresh', summary };
		const reason = this.#failures.get(hash);
		if (reason !== undefined) return { kind: 'failed', reason };
		const stale = this.#store.latestOf(keyOf(document, symbol));
		return stale ? { kind: 'stale', summary: stale } : { kind: 'absent' };
	}

	/**
	 * Summarizes a symbol as it is now. A second call for the same text waits for the first.
	 * @returns undefined when cancelled or failed; then `stateOf` says why
	 */
	summarize(document: TextDocument, symbol: CodeSymbol, signal: AbortSignal): Promise<Summary | undefined> {
		const hash = hashOf(document, symbol);
		const running = this.#running.get(hash);
		if (running) return running;
		const work = this.#run(document, symbol, hash, signal).finally(() => {
			this.#running.delete(hash);
			this.#onDidChange.fire();
		});
		this.#running.set(hash, work);
		this.#failures.delete(hash);
		this.#onDidChange.fire();
		return work;
	}

	async clear(): Promise<void> {
		await this.#store.clear();
		this.#failures.clear();
		this.#onDidChange.fire();
	}

	dispose(): void {
		void this.compute.dispose();
		this.#onDidChange.dispose();
	}

	async #run(
		document: TextDocument,
		symbol: CodeSymbol,
		hash: string,
		signal: AbortSignal,
	): Promise<Summary | undefined> {
		const key = keyOf(document, symbol);
		const run = this.#runs.start(
			{
				question: questionAbout(symbol),
				source: symbolSource(document, symbol),
				mode: 'auto',
				directBelowTokens: DIRECT_BELOW_TOKENS,
			},
			signal,
		);
		try {
			const result = await run.result;
			if (result.outcome === 'cancelled') return undefined;
			if (result.answer.trim() === '') throw new Error(result.error?.message ?? l10n.t('The run gave no answer.'));
			const summary = { text: result.answer.trim(), runId: run.id, at: Date.now() };
			await this.#store.save(key, hash, summary);
			return summary;
		} catch (error) {
			if (!(error instanceof CancelledError)) this.#failures.set(hash, explain(error).message);
			return undefined;
		}
	}
}

/** Asks in English, which small models understand best. The answer may use the language of the code's comments. */
function questionAbout({ name, kind }: CodeSymbol): string {
	const what = name === '' ? 'this file' : `the ${kind} \`${name}\``;
	const uses = name === '' ? '' : ' The first text is the code itself, the others are places that use it.';
	return `Summarize ${what} for a developer who is about to change it.${uses} First one sentence of at most 100 characters that stands alone, then at most six short bullet points: inputs and results, side effects, errors, who uses it. Say only what the text shows.`;
}

function hashOf(document: TextDocument, symbol: CodeSymbol): string {
	return contentHash(document.getText(symbol.range));
}

function keyOf(document: TextDocument, symbol: CodeSymbol): string {
	return `${document.uri.toString()}#${symbol.id}`;
}
