const translations: Readonly<Record<string, string>> = readStrings();

/** The extension puts the translated texts of the interface into the page. */
function readStrings(): Record<string, string> {
	const text = globalThis.document?.getElementById('strings')?.textContent ?? '{}';
	return JSON.parse(text);
}

/**
 * A text of the interface in the user's language; `{0}`, `{1}` … are replaced.
 * @param text in English; the type of a page's texts keeps the extension's list complete
 */
export function translate(text: string, ...values: readonly (string | number)[]): string {
	const translated = translations[text] ?? text;
	return translated.replace(/\{(\d+)\}/g, (placeholder, index) => String(values[Number(index)] ?? placeholder));
}
