/** Lines of a file. */
export interface CitedPlace {
	readonly path: string;
	readonly startLine: number;
	readonly endLine: number;
}

/** `src/a.ts:12` or `src/a.ts:12-20`. */
export function placeText({ path, startLine, endLine }: CitedPlace): string {
	return endLine > startLine ? `${path}:${startLine}-${endLine}` : `${path}:${startLine}`;
}

/**
 * Makes a link for a place that an answer names; undefined when it is not among the checked citations.
 * @param open opens lines of a file
 */
export function placeLink(
	place: string,
	citations: readonly CitedPlace[],
	open: (place: CitedPlace) => void,
): HTMLElement | undefined {
	const [, path = '', line = ''] = /^(.*):(\d+)(?:[-–]\d+)?$/.exec(place) ?? [];
	const isMeant = (citation: CitedPlace) =>
		(citation.path === path || citation.path.endsWith(`/${path}`)) &&
		citation.startLine <= Number(line) &&
		Number(line) <= citation.endLine;
	const citation = citations.find(isMeant);
	if (!citation) return undefined;
	const link = document.createElement('a');
	link.href = '#';
	link.className = 'place';
	link.textContent = place;
	link.addEventListener('click', (event) => {
		event.preventDefault();
		open({ ...citation, startLine: Number(line) });
	});
	return link;
}
