import { l10n } from 'vscode';
import type { RunEvent } from '../../core/events.ts';
import { formatCount } from '../../core/figures.ts';

/** Completes a notice with the name of the editor's setting that it is about. */
export function inOwnWords(event: RunEvent): RunEvent {
	if (event.type !== 'notice' || event.topic === undefined) return event;
	const tokens = formatCount(event.topic.tokens);
	const text = l10n.t(
		'The whole context (about {0} tokens) would fit into one call. To let the model read such contexts directly, set rlm.context.directBelowTokens, for example to 16000.',
		tokens,
	);
	return { ...event, text };
}
