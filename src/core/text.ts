/** The beginning of a text, as a string of its own: a slice would keep the whole text in memory. */
export function detachedHead(text: string, characters: number): string {
	return text.length <= characters ? text : JSON.parse(JSON.stringify(text.slice(0, characters)));
}
