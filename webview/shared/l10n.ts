const translations: Readonly<Record<string, string>> = readTranslations();

/** Texts of the user's language by the English ones, which the extension puts into the page; none for English. */
function readTranslations(): Record<string, string> {
	const text = globalThis.document?.getElementById('translations')?.textContent ?? '{}';
	return JSON.parse(text);
}

/**
 * Translates a text of the interface and replaces `{0}`, `{1}` …, as `l10n.t` of VS Code does.
 * @param text in English, a literal in quotes that `scripts/l10n.ts` can find
 */
export function t(text: string, ...values: readonly (string | number)[]): string {
	const translated = Object.hasOwn(translations, text) ? translations[text] : undefined;
	return (translated ?? text).replace(/\{(\d+)\}/g, (placeholder, index) =>
		String(values[Number(index)] ?? placeholder),
	);
}
