/** Each `**` between folders multiplies the ways in which a path may match; a folder is at most 100 levels deep. */
const MIDDLE_STARS = 3;
/** No path is as long. */
const GLOB_CHARACTERS = 4096;

const MIDDLE = /\/\*{2,}(?=\/)/g;

/** Whether a glob in the syntax of .gitignore is matched in bounded time. */
export function isBounded(glob: string): boolean {
	return glob.length <= GLOB_CHARACTERS && (glob.match(MIDDLE)?.length ?? 0) <= MIDDLE_STARS;
}

/**
 * A line of an ignore file that is matched in bounded time: one with too many `**` ends at the last that counts, so that
 * it leaves out more rather than less. Nothing for a line that no path can match, or that would take back too much.
 */
export function boundedPattern(line: string): string[] {
	if (isBounded(line)) return [line];
	if (line.length > GLOB_CHARACTERS || line.startsWith('!')) return [];
	const [, , last] = line.matchAll(MIDDLE);
	return last === undefined ? [] : [line.slice(0, last.index + last[0].length)];
}
