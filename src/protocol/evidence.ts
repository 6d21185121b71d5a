import type { Citation, Conflict } from '../core/events.ts';

/** Translates: `l10n.t` in the extension, `t` in a page. */
type Translate = (text: string, ...values: (string | number)[]) => string;

/** Says what is wrong with a citation, for the editor and its pages; undefined when nothing is. */
export function citationFault({ check, fault, elsewhere }: Citation, t: Translate): string | undefined {
	if (check !== 'not-found') return undefined;
	const texts = {
		'no-file': t('There is no such file.'),
		'several-files': t('Several files are called that.'),
		'no-lines': t('The file has no such lines.'),
		'other-text': t('Not found in the text.'),
	};
	const text = texts[fault ?? 'other-text'];
	return elsewhere ? `${text} ${t('It stands at {0}.', `${elsewhere.path}:${elsewhere.startLine}`)}` : text;
}

/** Whether a citation names lines that exist, so that they can be opened. */
export function canBeOpened({ fault }: Citation): boolean {
	return fault === undefined || fault === 'other-text';
}

/** Two passages that contradict each other, in one line. */
export function conflictText({ first, second }: Conflict): string {
	const passage = ({ path, startLine, text }: Conflict['first']) => `${path}:${startLine} “${text}”`;
	return `${passage(first)} ↔ ${passage(second)}`;
}
