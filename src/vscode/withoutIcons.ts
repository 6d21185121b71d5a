/** A text from outside for a place where VS Code draws `$(name)` as an icon: there it stands as it was written. */
export function withoutIcons(text: string): string {
	return text.replaceAll('$(', '$\u200b(');
}
