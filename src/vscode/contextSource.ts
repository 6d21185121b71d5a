import type { Uri } from 'vscode';
import type { Context } from '../core/ports/context.ts';

/** What a question is asked about, read and ready for the engine. */
export interface CollectedContext {
	readonly contexts: readonly Context[];
	/** The document behind a path of the corpus; undefined when it is none of ours. */
	uriOf(path: string): Uri | undefined;
	/** Sentences for the user before any of it goes to a model. */
	readonly warnings?: readonly string[];
}

/** What limits reading. */
export interface CollectOptions {
	/** Globs to leave out, on top of the built-in ones; `false` switches one of these off. */
	readonly exclude: Readonly<Record<string, boolean>>;
	/** Globs of secret files that may be read all the same. */
	readonly allowSecrets: readonly string[];
	/** Bytes of text in all, at most. */
	readonly maxBytes: number;
	/** Told from time to time what is being done. */
	readonly onProgress: (message: string) => void;
	readonly signal: AbortSignal;
}

/** Where a context came from. Plain data. */
export type SourceOrigin =
	| { readonly kind: 'workspace' }
	/** A whole document. */
	| { readonly kind: 'document'; readonly uri: string };

/** Something that can be asked about. */
export interface ContextSource {
	/** What the user sees in the question box. */
	readonly title: string;
	/** What it is, as it stands in a list of runs. */
	readonly label: string;
	/** The user is asked before it goes to a server for the first time: it holds more than anybody looked at. */
	readonly needsConsent?: boolean;
	/** How to read it again later; absent where that is not possible. */
	readonly origin?: SourceOrigin;
	/** @throws InputError when there is nothing to read; CancelledError */
	collect(options: CollectOptions): Promise<CollectedContext>;
}
