import type { Uri } from 'vscode';
import type { Context } from '../core/ports/context.ts';

/** A context that has been read, ready for the engine. */
export interface CollectedContext {
	readonly contexts: readonly Context[];
	/** Finds the document behind a path of the corpus, if any. */
	uriOf(path: string): Uri | undefined;
	/** Sentences to show before any of it goes to a model. */
	readonly warnings?: readonly string[];
}

/** Limits and rules for reading. */
export interface CollectOptions {
	/** Globs to leave out, besides the built-in ones; `false` switches a built-in one off. */
	readonly exclude: Readonly<Record<string, boolean>>;
	/** Globs of secret files that may be read. */
	readonly allowSecrets: readonly string[];
	/** Most bytes of text in all. */
	readonly maxBytes: number;
	/** Called now and then with the progress. */
	readonly onProgress: (message: string) => void;
	readonly signal: AbortSignal;
}

/** The origin of a context, as plain data. */
export type SourceOrigin =
	| { readonly kind: 'workspace' }
	/** A document as a whole. */
	| { readonly kind: 'document'; readonly uri: string };

/** Something to ask about, not yet read. */
export interface ContextSource {
	/** Title of the question box. */
	readonly title: string;
	/** Name in lists of runs. */
	readonly label: string;
	/** Ask the user before it goes to a server for the first time: it holds more than anybody has looked at. */
	readonly needsConsent?: boolean;
	/** How to read it again later; absent where that is impossible. */
	readonly origin?: SourceOrigin;
	/** @throws InputError without anything to read; CancelledError */
	collect(options: CollectOptions): Promise<CollectedContext>;
}
