import type { PanelString } from '../../src/protocol/panelStrings.ts';
import { translate } from '../shared/l10n.ts';

/** A text of the panel's interface in the user's language. */
export function t(text: PanelString, ...values: readonly (string | number)[]): string {
	return translate(text, ...values);
}
