import { expect, it } from 'vitest';
import type { Citation } from '../../../src/core/events.ts';
import { canBeOpened, citationFault, conflictText } from '../../../src/protocol/evidence.ts';
import { t } from '../../../webview/shared/l10n.ts';

const place = { path: 'a.ts', startLine: 3, endLine: 3 };

it('says what is wrong with a citation, and whether it can be opened', () => {
	const wrong: Citation = { ...place, quote: 'x', check: 'not-found', fault: 'other-text', quoted: 'y' };
	expect(citationFault(wrong, t)).toBe('Not found in the text.');
	const elsewhere = { ...place, startLine: 9, endLine: 9 };
	expect(citationFault({ ...wrong, elsewhere }, t)).toBe('Not found in the text. It stands at a.ts:9.');
	expect(citationFault({ ...place, quote: '', check: 'not-found', fault: 'no-file' }, t)).toBe(
		'There is no such file.',
	);
	expect(citationFault({ ...place, quote: 'x', check: 'exact', quoted: 'x' }, t)).toBeUndefined();
	expect(canBeOpened(wrong)).toBe(true);
	expect(canBeOpened({ ...wrong, fault: 'no-lines' })).toBe(false);
});

it('shows passages that contradict each other in one line', () => {
	const second = { ...place, path: 'b.ts', text: 'It is 4.' };
	expect(conflictText({ first: { ...place, text: 'It is 3.' }, second })).toBe('a.ts:3 “It is 3.” ↔ b.ts:3 “It is 4.”');
});
