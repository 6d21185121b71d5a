import type { LimitName } from '../core/events.ts';

/**
 * Says why a run ended before its answer was complete, for the editor and its pages.
 * @param t translates: `l10n.t` in the extension, `t` in a page
 */
export function endReason(reason: LimitName | 'answer-now', t: (text: string) => string): string {
	const texts: Record<LimitName | 'answer-now', string> = {
		iterations: t('the iteration limit was reached.'),
		calls: t('the sub-call limit was reached.'),
		tokens: t('the token limit was reached.'),
		cost: t('the cost limit was reached.'),
		duration: t('the time limit was reached.'),
		errors: t('the code failed in too many iterations in a row.'),
		emptyReplies: t('the model neither wrote code nor answered.'),
		'answer-now': t('you asked for an answer now.'),
	};
	return texts[reason];
}
