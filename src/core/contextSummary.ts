import type { ContextSummary } from './events.ts';
import type { Context, CorpusFile, SourceSpan } from './ports/context.ts';

/** Bytes of UTF-8 in a context. */
export function contextBytes(context: Context): number {
	if (context.kind === 'json') return context.json.length;
	return context.files.reduce((sum, { length }) => sum + length, 0);
}

/** All lines of a file. */
export function wholeFile({ path, firstLine, lineCount }: CorpusFile): SourceSpan {
	return { path, startLine: firstLine, endLine: firstLine + lineCount - 1 };
}

/** Describes a context for events and prompts. */
export function summarise(context: Context): ContextSummary {
	const { kind, label } = context;
	const bytes = contextBytes(context);
	if (context.kind === 'json') return { kind, label, bytes, lines: 1, files: 0, leftOut: [] };
	const lines = context.files.reduce((sum, { lineCount }) => sum + lineCount, 0);
	return { kind, label, bytes, lines, files: context.files.length, leftOut: context.leftOut };
}
