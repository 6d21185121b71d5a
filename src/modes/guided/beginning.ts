import type { RunState } from '../../core/runState.ts';

/** Lines and characters that show what a text is like. */
const [LINES, CHARACTERS] = [6, 900];

/** How the first text of a run begins, without empty lines. */
export function beginning({ request, corpus }: RunState): string {
	const file = request.contexts.flatMap((context) => (context.kind === 'json' ? [] : context.files))[0];
	if (!file) return '';
	const span = { path: file.path, startLine: file.firstLine, endLine: file.firstLine + 4 * LINES };
	const lines = corpus.lines(span, CHARACTERS)?.split('\n') ?? [];
	return lines
		.filter((line) => line.trim() !== '')
		.slice(0, LINES)
		.join('\n');
}
