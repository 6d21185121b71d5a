import { l10n } from 'vscode';
import type { ChatString } from '../../protocol/chatStrings.ts';

/** The texts of the chat in the user's language. */
export function chatStrings(): Record<ChatString, string> {
	return {
		'Add Context…': l10n.t('Add Context…'),
		'Add Server…': l10n.t('Add Server…'),
		'Answer Now': l10n.t('Answer Now'),
		'Ask about {0}': l10n.t('Ask about {0}'),
		'Ask about text of any size. A model writes code that searches it and reads the parts that matter.': l10n.t(
			'Ask about text of any size. A model writes code that searches it and reads the parts that matter.',
		),
		'Ask Again': l10n.t('Ask Again'),
		Context: l10n.t('Context'),
		Copy: l10n.t('Copy'),
		Evidence: l10n.t('Evidence'),
		'Insert at Cursor': l10n.t('Insert at Cursor'),
		'It is reading.': l10n.t('It is reading.'),
		Messages: l10n.t('Messages'),
		'No model server is there: the built-in engine answers. It searches and counts, but it is not a language model.':
			l10n.t(
				'No model server is there: the built-in engine answers. It searches and counts, but it is not a language model.',
			),
		'Open Settings': l10n.t('Open Settings'),
		'Open a file or a folder, or add a context.': l10n.t('Open a file or a folder, or add a context.'),
		'Open as Document': l10n.t('Open as Document'),
		'Preview Context': l10n.t('Preview Context'),
		Question: l10n.t('Question'),
		'Remove {0}': l10n.t('Remove {0}'),
		Retry: l10n.t('Retry'),
		Send: l10n.t('Send'),
		'Set API Key…': l10n.t('Set API Key…'),
		'Set Token…': l10n.t('Set Token…'),
		'Show Log': l10n.t('Show Log'),
		'Show Run': l10n.t('Show Run'),
		Stop: l10n.t('Stop'),
		'Summarize this and name the most important places.': l10n.t('Summarize this and name the most important places.'),
		'The answer is there.': l10n.t('The answer is there.'),
		'The question failed.': l10n.t('The question failed.'),
		'There is only a part of an answer.': l10n.t('There is only a part of an answer.'),
		'What could go wrong here, and where?': l10n.t('What could go wrong here, and where?'),
		'Where are errors handled?': l10n.t('Where are errors handled?'),
		'You asked': l10n.t('You asked'),
		'and {0} more': l10n.t('and {0} more'),
		cancelled: l10n.t('cancelled'),
		interrupted: l10n.t('interrupted'),
		'measuring…': l10n.t('measuring…'),
		'{0} (what is open)': l10n.t('{0} (what is open)'),
	};
}
