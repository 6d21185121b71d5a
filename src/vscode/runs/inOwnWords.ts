import { l10n } from 'vscode';
import type { RunEvent } from '../../core/events.ts';
import { formatCount } from '../../core/figures.ts';

/** The event with what only the editor can say about it: the name of the setting that a notice is about. */
export function inOwnWords(event: RunEvent): RunEvent {
	if (event.type !== 'notice' || event.topic === undefined) return event;
	const tokens = formatCount(event.topic.tokens);
	const text = l10n.t(
		'The whole context (about {0} tokens) would fit into one call. To let the model read such contexts directly, set rlm.context.directBelowTokens, for example to 16000.',
		tokens,
	);
	return { ...event, text };
}
