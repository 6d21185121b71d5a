import { readFileSync } from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';

afterEach(() => {
	vi.unstubAllGlobals();
	vi.resetModules();
});

/** The function of a page that holds these texts, or of one that runs in English. */
async function pageWith(translations: string | undefined) {
	if (translations !== undefined) {
		const element = { textContent: translations };
		vi.stubGlobal('document', { getElementById: (id: string) => (id === 'translations' ? element : null) });
	}
	return (await import('../../../webview/shared/l10n.ts')).t;
}

it('a page looks up the texts of its language by the English ones', async () => {
	const bundle = JSON.parse(readFileSync(new URL('../../../l10n/bundle.l10n.de.json', import.meta.url), 'utf8'));
	const t = await pageWith(JSON.stringify(bundle));
	expect(t('Search in all texts')).toBe(bundle['Search in all texts']);
	expect(t('Page {0} of {1}', 2, 5)).toBe('Seite 2 von 5');
});

it('a page without translations, or without one of them, shows the English text', async () => {
	expect((await pageWith(undefined))('Page {0} of {1}', 2, 5)).toBe('Page 2 of 5');
	vi.resetModules();
	const t = await pageWith('{}');
	expect(t('{0} of {1}', 'none')).toBe('none of {1}');
	expect(t('toString')).toBe('toString');
});
