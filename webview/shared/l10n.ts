const translations: Readonly<Record<string, string>> = readTranslations();

/** The extension puts the texts of the user's language into the page, by the English ones; in English there are none. */
function readTranslations(): Record<string, string> {
	const text = globalThis.document?.getElementById('translations')?.textContent ?? '{}';
	return JSON.parse(text);
}

/**
 * A text of the interface in the user's language; `{0}`, `{1}` … are replaced, as `l10n.t` of VS Code does it.
 * @param text in English, a literal in quotes: `scripts/l10n.ts` finds it there
 */
export function t(text: string, ...values: readonly (string | number)[]): string {
	const translated = Object.hasOwn(translations, text) ? translations[text] : undefined;
	return (translated ?? text).replace(/\{(\d+)\}/g, (placeholder, index) =>
		String(values[Number(index)] ?? placeholder),
	);
}
