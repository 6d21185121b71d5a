import { EXTRACT_INSTRUCTION, SUMMARY_INSTRUCTION } from './extract.ts';
import { python } from './python.ts';
import type { Question } from './question.ts';
import { isStopWord } from './words.ts';

/** Python that has sub-models read passages, a list of (path, first line, text): `read_passages`. */
export function reader(question: Question, isSummary = false): string {
	const instruction = isSummary ? SUMMARY_INSTRUCTION : EXTRACT_INSTRUCTION;
	return python({ question: question.text, instruction }, 'common.reader');
}

/**
 * Python that has sub-models read `passages` and keeps the lines they quote as `evidence`, a list of (path, line,
 * text), best first.
 */
export function readPassages(question: Question, isSummary = false): string {
	return [reader(question, isSummary), python({}, 'common.read')].join('\n');
}

/** Python that adds the beginnings of files and folders named after a word of the question, and notes `named_files`. */
export function openingsOfNamedFiles({ text }: Question): string {
	const words = (text.match(/[\p{L}\p{N}_-]{3,}/gu) ?? []).filter((word) => !isStopWord(word));
	return python({ asked_words: words.map((word) => word.toLowerCase()) }, 'common.openings');
}
