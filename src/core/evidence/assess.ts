import type { RunEnd, RunOutcome } from '../events.ts';
import { present } from '../present.ts';
import type { RunState } from '../runState.ts';
import { isNotInText } from './absence.ts';
import { extractCitations } from './citations.ts';
import { conflictsOf } from './conflicts.ts';
import { unsupportedSentences } from './unsupported.ts';

/** What can be said of an answer without a model. */
export type Assessment = Pick<RunEnd, 'found' | 'citations' | 'unsupported' | 'conflicts'>;

/** How the answer came about, as far as its check goes. */
interface Given {
	/** The answer is a text, and no other value. */
	readonly isProse: boolean;
	readonly outcome: RunOutcome;
}

/** Checks an answer against the text and what was read of it. A run that did not open has nothing to check. */
export async function assess(answer: string, state: RunState | undefined, given: Given): Promise<Assessment> {
	if (!state) return { citations: [] };
	const { progress, corpus, request, ending, shared, place } = state;
	const citations = await extractCitations(answer, progress.last?.citations ?? [], corpus, request.query, ending);
	const { query, memory, earlier, histories, contexts } = request;
	const values = contexts.flatMap((context) => (context.kind === 'json' ? [context.json] : []));
	const others = [memory, earlier, ...(histories ?? [])].filter((text) => text !== undefined);
	const ground = { question: query, given: [...values, ...others], seen: shared.seen, corpus };
	// The answer of a child run is material for its parent, whose own answer is checked.
	const isShown = place.depth === 0 && given.outcome === 'answered';
	const unsupported = isShown && given.isProse ? await unsupportedSentences(answer, ground, ending) : [];
	const conflicts = isShown ? conflictsOf(citations) : [];
	return present({
		found: given.outcome === 'answered' && answer !== '' ? !isNotInText(answer, query) : undefined,
		citations,
		unsupported: unsupported.length > 0 ? unsupported : undefined,
		conflicts: conflicts.length > 0 ? conflicts : undefined,
	});
}
