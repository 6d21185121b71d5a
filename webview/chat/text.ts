import type { ChatString } from '../../src/protocol/chatStrings.ts';
import { translate } from '../shared/l10n.ts';

/** A text of the chat's interface in the user's language. */
export function t(text: ChatString, ...values: readonly (string | number)[]): string {
	return translate(text, ...values);
}
