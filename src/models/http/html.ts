/** Whether a body is a page for people, or a part of one, as proxies and wrong addresses answer. */
export function isHtml(text: string): boolean {
	return /^\s*</.test(text);
}

/** The title of a page; undefined when it has none. */
export function htmlTitle(text: string): string | undefined {
	return /<title[^>]*>([^<]{0,200})/i.exec(text)?.[1]?.trim() || undefined;
}
