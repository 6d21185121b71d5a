import { CorpusView } from '../../context/corpusView.ts';
import { type GrepResult, grep } from '../../context/grep.ts';
import { PatternError } from '../../context/patternError.ts';
import type { TextContext } from '../../core/ports/context.ts';

/** One step of an agent that works on files. */
export type Action =
	| { readonly kind: 'list'; readonly under: string | undefined }
	| { readonly kind: 'grep'; readonly pattern: string; readonly paths: readonly string[] | undefined }
	| { readonly kind: 'read'; readonly path: string; readonly from: number; readonly to: number }
	| { readonly kind: 'answer'; readonly text: string };

const ACTION = /^[\s>*`-]*(?:action\s*:\s*)?(LIST|GREP|READ|ANSWER)\b[\s:*]*(.*)$/is;

/** Reads the first action of a reply; undefined when it has none. */
export function parseAction(reply: string): Action | undefined {
	const lines = reply.split('\n');
	for (const [index, line] of lines.entries()) {
		const [, verb = '', rest = ''] = ACTION.exec(line) ?? [];
		const kind = verb.toLowerCase();
		// Prose may begin with such a word; an action is written in capitals, or the whole line is one.
		if (verb === '' || (verb !== verb.toUpperCase() && index > 0)) continue;
		if (kind === 'answer') return { kind, text: [rest, ...lines.slice(index + 1)].join('\n').trim() };
		const argument = unquoted(rest);
		if (kind === 'list') return { kind, under: argument === '' ? undefined : argument };
		if (kind === 'grep' && argument !== '') return grepAction(argument);
		if (kind === 'read' && argument !== '') return readAction(argument);
	}
	return undefined;
}

function unquoted(text: string): string {
	return text
		.trim()
		.replace(/^`+|`+$/g, '')
		.trim();
}

function grepAction(argument: string): Action {
	const [pattern = '', paths] = argument.split(/\s+IN\s+/);
	return {
		kind: 'grep',
		pattern: pattern.trim().replace(/^(["'/])(.+)\1$/, '$2'),
		paths: paths === undefined ? undefined : [paths.trim()],
	};
}

function readAction(argument: string): Action {
	const [, path = argument, from = '1', to] =
		/^(.+?)[\s:]+(?:lines?\s+)?(\d+)(?:\s*(?:-|–|to|,)\s*(\d+))?$/i.exec(argument) ?? [];
	const first = Math.max(1, Number(from));
	return { kind: 'read', path: path.trim(), from: first, to: to === undefined ? first + READ_LINES - 1 : Number(to) };
}

const READ_LINES = 200;
const GREP_MATCHES = 50;
const LISTED_PATHS = 200;

/** What the tools of an agent print about a context, each at most so many characters. */
export class FileTools {
	readonly #context: TextContext;
	readonly #view: CorpusView;

	constructor(context: TextContext) {
		this.#context = context;
		this.#view = new CorpusView(context);
	}

	/** A line for the first message: how many files and lines there are. */
	get summary(): string {
		const { files } = this.#context;
		const lines = files.reduce((sum, { lineCount }) => sum + lineCount, 0);
		const [first] = files;
		if (first && files.length === 1) return `There is one file, ${first.path}, with ${lines} lines.`;
		return `There are ${files.length} files with ${lines} lines in all.`;
	}

	/** Carries out an action. What cannot be done is said in the result. */
	perform(action: Exclude<Action, { kind: 'answer' }>, characters: number): string {
		return cut(this.#perform(action), characters);
	}

	#perform(action: Exclude<Action, { kind: 'answer' }>): string {
		if (action.kind === 'list') return this.#list(action.under);
		if (action.kind === 'read') return this.#read(action.path, action.from, action.to);
		try {
			return this.#grep(action.pattern, action.paths);
		} catch (error) {
			if (!(error instanceof PatternError)) throw error;
			const literal = action.pattern.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
			return `The pattern was taken as plain text (${error.message}).\n${this.#grep(literal, action.paths)}`;
		}
	}

	#list(under: string | undefined): string {
		const folder = under?.replace(/^\.?\/?|\/$/g, '') ?? '';
		const found = this.#context.files.filter(
			({ path }) => folder === '' || path === folder || path.startsWith(`${folder}/`),
		);
		if (found.length === 0) return `There is nothing below ${under}.`;
		const shown = found.slice(0, LISTED_PATHS).map(({ path, lineCount }) => `${path} (${lineCount} lines)`);
		const more =
			found.length > shown.length ? [`and ${found.length - shown.length} more; name a folder to see them`] : [];
		return [...shown, ...more].join('\n');
	}

	#grep(pattern: string, paths: readonly string[] | undefined): string {
		const request = { pattern, maxResults: GREP_MATCHES };
		return describeMatches(grep(this.#view, paths === undefined ? request : { ...request, paths }));
	}

	#read(path: string, from: number, to: number): string {
		const file = this.#context.files.find((one) => one.path === path || one.path.endsWith(`/${path}`));
		if (!file) return `There is no file ${path}.`;
		const last = Math.min(to, from + READ_LINES - 1, file.lineCount);
		const text = this.#view.lines({ path: file.path, startLine: from, endLine: last });
		if (text === undefined) return `${file.path} has ${file.lineCount} lines.`;
		return `${file.path}, lines ${from} to ${last} of ${file.lineCount}:\n${text}`;
	}
}

function describeMatches({ matches, total, isTotalExact, filesSearched }: GrepResult): string {
	if (total === 0) return filesSearched === 0 ? 'No file has such a path.' : 'No line matches.';
	const count = `${isTotalExact ? '' : 'at least '}${total} lines match${total > matches.length ? `, the first ${matches.length} are` : ''}:`;
	return [count, ...matches.map(({ path, line, text }) => `${path}:${line}: ${text}`)].join('\n');
}

function cut(text: string, characters: number): string {
	if (text.length <= characters) return text;
	return `${text.slice(0, characters)}\n[cut: ${text.length - characters} more characters]`;
}
