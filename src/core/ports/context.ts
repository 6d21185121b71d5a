/** One file of a corpus. Offsets and lengths are bytes of the corpus' UTF-8 buffer. */
export interface CorpusFile {
	/** Unique in the corpus, with `/` between folders. */
	readonly path: string;
	readonly offset: number;
	readonly length: number;
	/** Number of lines; a last line without a line feed counts. */
	readonly lineCount: number;
	/** Number of its first line in the original file (1 unless the text is a selection). */
	readonly firstLine: number;
}

/** Why a file was left out of a corpus. */
export type LeftOutReason = 'ignored' | 'secret' | 'binary' | 'unreadable' | 'not-utf8' | 'over-limit';

/** What was left out, for the user to see. */
export interface LeftOut {
	readonly reason: LeftOutReason;
	/** Files, or whole folders that were not entered. */
	readonly count: number;
	/** A few of them. */
	readonly examples: readonly string[];
}

/**
 * A text as sent to sandboxes: one shared buffer of UTF-8 and a table. `text` is a single text (a selection, a buffer,
 * piped text, one file); `files` is a folder, a workspace or several files.
 */
export interface TextContext {
	readonly kind: 'text' | 'files';
	/** Description for the user: `selection of src/a.ts`, `workspace rlm`. */
	readonly label: string;
	readonly bytes: SharedArrayBuffer;
	readonly files: readonly CorpusFile[];
	readonly leftOut: readonly LeftOut[];
}

/** A structured value for the REPL, as JSON text in Python's dialect (`NaN` and `Infinity` allowed). */
export interface JsonContext {
	readonly kind: 'json';
	readonly label: string;
	readonly json: string;
}

/** One context of a run. The first is `context`, all are `context_0`, `context_1`, … */
export type Context = TextContext | JsonContext;

/** Lines of one file, both ends included, numbered from 1 as in the original file. */
export interface SourceSpan {
	readonly path: string;
	readonly startLine: number;
	readonly endLine: number;
}

/** The corpus of a run as the loop sees it: enough to describe it and to check citations. */
export interface CorpusReader {
	/** Files that a path may mean: the exact match, else all whose path ends with it (`a.ts`, `src/a.ts`). */
	resolvePaths(path: string): readonly string[];
	/** First and last line number of a file; undefined when there is no such file. */
	lineRange(path: string): { readonly first: number; readonly last: number } | undefined;
	/** Text of lines, clipped to the file and to `maxCharacters`; undefined when there is no such file or line. */
	lines(span: SourceSpan, maxCharacters: number): string | undefined;
	/**
	 * The first place of a text, as whole words; undefined also when the signal fires. Lets others work in between.
	 * @param path file to look into first
	 */
	find(text: string, signal: AbortSignal, path?: string): Promise<SourceSpan | undefined>;
}

/** A part of a text that fits a question. */
export interface Passage {
	readonly path: string;
	/** Number of its first line; absent when it is the whole file. */
	readonly line?: number;
	readonly text: string;
}

/** Searches texts of any size outside the REPL, without holding up the host. */
export interface PassageFinder {
	/**
	 * The passages that fit a question best, the best first; all files when they are no longer than what is wanted.
	 * @param extent how many passages at most, and characters of each
	 * @throws ComputeError when it takes too long, CancelledError
	 */
	find(
		contexts: readonly Context[],
		question: string,
		extent: { readonly count: number; readonly characters: number },
		signal: AbortSignal,
	): Promise<readonly Passage[]>;
}
