import type { Citation } from '../events.ts';
import type { FinalAnswer } from '../ports/sandbox.ts';
import type { RunState } from '../runState.ts';
import { assess } from './assess.ts';
import { citationProblem, wrongCitations } from './citations.ts';

/** Times that an answer is refused for its evidence, so that a run ends whatever its model does. */
const MOST_REFUSALS = 2;
/** Wrong citations, and unsupported sentences, that a refusal names. */
const MOST_NAMED = 4;
const NAMED_CHARACTERS = 120;

/**
 * In a strict run: what of an answer does not hold, in one sentence that asks the model to mend or drop it. Undefined
 * when all holds, when the answer was refused often enough, or when no iteration is left to mend it in.
 */
export async function objectionTo(final: FinalAnswer, state: RunState): Promise<string | undefined> {
	const { request, progress, limits, place } = state;
	const isRefusable = progress.refusals < MOST_REFUSALS && progress.iterations < limits.iterations;
	if (request.strict !== true || place.depth > 0 || !isRefusable) return undefined;
	const isProse = final.json === undefined || final.json.startsWith('"');
	const { citations, unsupported = [] } = await assess(final.text, state, { isProse, outcome: 'answered' });
	const named = [
		...wrongCitations(citations).slice(0, MOST_NAMED).map(inWords),
		...unsupported.slice(0, MOST_NAMED).map(({ sentence, terms }) => {
			return `"${cut(sentence)}" (nothing that was read says ${terms.join(', ')})`;
		}),
	];
	if (named.length === 0) return undefined;
	progress.refusals++;
	progress.refused = final;
	return `some of its evidence does not hold: ${named.join('; ')}. Look at the text again, mend or drop these, and hand the whole answer in again.`;
}

function inWords(citation: Citation): string {
	const { path, startLine, endLine, quoted } = citation;
	const lines = endLine > startLine ? `${startLine}-${endLine}` : `${startLine}`;
	const claim = quoted === undefined ? '' : ` "${cut(quoted)}"`;
	return `${path}:${lines}${claim} (${citationProblem(citation)})`;
}

function cut(text: string): string {
	const line = text.replace(/\s+/g, ' ');
	return line.length <= NAMED_CHARACTERS ? line : `${line.slice(0, NAMED_CHARACTERS)}…`;
}
