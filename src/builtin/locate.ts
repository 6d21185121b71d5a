import { python, scope, subjectPattern, subjectWords } from './python.ts';
import type { Question } from './question.ts';

/** Python that finds the lines about the subject and separates definitions from uses: `defined`, `uses`. */
export function locate(question: Question): string {
	const [subject = ''] = question.subjects;
	const { pattern, ignoreCase } = subjectPattern([subject]);
	return [
		scope(question),
		python({ name: pattern, ignore_case: ignoreCase }, 'common.find', 'where.locate'),
		...ownerSearch(subject),
		python({ what: subjectWords(question) }, 'where.places'),
	].join('\n');
}

/** Pattern for a dotted name. */
function ownerSearch(subject: string): string[] {
	const parts = subject.split('.');
	const last = parts.at(-1) ?? '';
	if (parts.length < 2 || last === '') return [];
	const owners = parts.slice(0, -1).map((part) => part.toLowerCase());
	const pattern = String.raw`\b(?:def|function|class|fn|func)[ \t]+${last}\b|^[ \t]+(?:async[ \t]+)?${last}[ \t]*\(.*\{[ \t]*$`;
	return [python({ owners, owner_pattern: pattern }, 'where.owners')];
}
