/** Copies the beginning of a text. A slice would keep the whole text in memory. */
export function detachedHead(text: string, characters: number): string {
	return text.length <= characters ? text : JSON.parse(JSON.stringify(text.slice(0, characters)));
}
