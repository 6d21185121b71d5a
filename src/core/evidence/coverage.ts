import { wholeFile } from '../contextSummary.ts';
import type { RunState } from '../runState.ts';

/** A longer text is never shown as a whole to a model that answers in short calls. Characters. */
const SHORT_TEXT = 1 << 16;

/** Whether a model that answers in short calls was shown every line of the context. */
export function isWholeShown({ request, corpus, progress }: RunState): boolean {
	const shown = new Set(progress.evidence.flatMap((text) => text.split('\n').map((line) => line.trim())));
	let characters = 0;
	return request.contexts.every((context) => {
		if (context.kind === 'json') return false;
		return context.files.every((file) => {
			characters += file.length;
			if (characters > SHORT_TEXT) return false;
			const lines = corpus.lines(wholeFile(file), file.length)?.split('\n') ?? [];
			return lines.every((line) => line.trim() === '' || shown.has(line.trim()));
		});
	});
}
