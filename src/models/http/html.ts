/** Whether a body is HTML for people, or a part of it, as proxies and wrong addresses return. */
export function isHtml(text: string): boolean {
	return /^\s*</.test(text);
}

/** Title of a page; undefined when it has none. */
export function htmlTitle(text: string): string | undefined {
	return /<title[^>]*>([^<]{0,200})/i.exec(text)?.[1]?.trim() || undefined;
}
