import { EXTRACT_INSTRUCTION, QUOTED, SUMMARY_INSTRUCTION } from './extract.ts';
import { python } from './python.ts';
import type { Question } from './question.ts';

/** Python that has sub-models read passages, a list of (path, first line, text): `read_passages`. */
export function reader(question: Question, isSummary = false): string {
	const instruction = isSummary ? SUMMARY_INSTRUCTION : EXTRACT_INSTRUCTION;
	return python({ question: question.text, instruction, quoted_mark: QUOTED }, 'common.reader');
}

/**
 * Python that has sub-models read `passages` and keeps the lines they quote as `evidence`, a list of (path, line,
 * text), best first.
 */
export function readPassages(question: Question, isSummary = false): string {
	return [reader(question, isSummary), python({}, 'common.read')].join('\n');
}
