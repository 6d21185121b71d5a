/** Escapes a text from outside where VS Code would draw `$(name)` as an icon. */
export function withoutIcons(text: string): string {
	return text.replaceAll('$(', '$\u200b(');
}
