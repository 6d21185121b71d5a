import type { Limits } from '../events.ts';
import type { CellResult } from '../ports/sandbox.ts';

/** The output of the cells of one iteration, as shown to the root model. */
export function outputMessage(results: readonly CellResult[], limits: Limits, notes: readonly string[]): string {
	const outputs = results.map((result, index) => {
		const title = results.length > 1 ? `Output of cell ${index + 1}:` : 'Output:';
		return `${title}\n${shownOutput(result, limits.outputCharacters)}`;
	});
	return [...outputs, ...notes].join('\n\n');
}

/** What the root model sees of one cell: printed text, error, notices. */
export function shownOutput(result: CellResult, maxCharacters: number): string {
	const parts = [result.stdout.trimEnd()];
	if (result.stderr.trim() !== '') parts.push(`stderr:\n${result.stderr.trimEnd()}`);
	if (result.error) parts.push(result.error.traceback.trimEnd());
	if (result.error?.hint) parts.push(`Hint: ${result.error.hint}`);
	if (result.restart) parts.push(result.restart.explanation);
	const text = headAndTail(parts.filter((part) => part !== '').join('\n'), maxCharacters);
	return [text === '' ? '(no output)' : text, ...result.notices].join('\n');
}

/** The head and tail of a long text. A line in between says what is missing. */
export function headAndTail(text: string, maxCharacters: number): string {
	// The sandbox has already cut each stream. This bounds their sum and leaves room for the sandbox's own mark.
	if (text.length <= maxCharacters + 200) return text;
	const half = Math.floor(maxCharacters / 2);
	const cut = text.length - 2 * half;
	return `${text.slice(0, half)}\n... [${cut} of ${text.length} characters left out] ...\n${text.slice(-half)}`;
}
