import type { LimitName } from '../core/events.ts';

/**
 * Says why a run ended before its answer was complete, for the editor and its pages.
 * @param t translates: `l10n.t` in the extension, `t` in a page
 */
export function endReason(reason: LimitName | 'answer-now', t: (text: string) => string): string {
	const texts: Record<LimitName | 'answer-now', string> = {
		iterations: t('the limit of iterations was reached.'),
		calls: t('the limit of sub-calls was reached.'),
		tokens: t('the limit of tokens was reached.'),
		cost: t('the limit of cost was reached.'),
		duration: t('the time was up.'),
		errors: t('the code of too many iterations in a row failed.'),
		emptyReplies: t('the model neither wrote code nor answered.'),
		'answer-now': t('you asked for an answer at once.'),
	};
	return texts[reason];
}
