/** Each `**` between folders multiplies the ways in which a path can match; a folder is at most 100 levels deep. */
const MIDDLE_STARS = 3;
/** No path is this long. */
const GLOB_CHARACTERS = 4096;

const MIDDLE = /\/\*{2,}(?=\/)/g;

/** Whether matching a glob in .gitignore syntax takes bounded time. */
export function isBounded(glob: string): boolean {
	return glob.length <= GLOB_CHARACTERS && (glob.match(MIDDLE)?.length ?? 0) <= MIDDLE_STARS;
}

/**
 * A line of an ignore file that matches in bounded time. One with too many `**` is cut after the last allowed one, so
 * that it ignores more rather than less. Undefined for a line that no path can match, or that would re-include too
 * much.
 */
export function boundedPattern(line: string): string[] {
	if (isBounded(line)) return [line];
	if (line.length > GLOB_CHARACTERS || line.startsWith('!')) return [];
	const [, , last] = line.matchAll(MIDDLE);
	return last === undefined ? [] : [line.slice(0, last.index + last[0].length)];
}
