/** A line of a log. */
const TIMED = /^\W{0,2}(?:\d{4}-\d\d-\d\d|[A-Z][a-z]{2} +\d{1,2} \d\d:|\d\d:\d\d:\d\d|\d{1,3}(?:\.\d{1,3}){3} )/;
const MARKS_OF_CODE = /[{};]\s*$|^\s*(?:import|from|def|class|function|const|let|return|#include|package|use)\b/;
const DELIMITERS = ['\t', ';', '|', ','];
/** Words in a row that make a text of it, and not a value. */
const SENTENCE = /\p{L}+(?:['’]\p{L}+)?(?:,? \p{L}+(?:['’]\p{L}+)?){3}/u;

/**
 * Whether lines hold sentences, which somebody may have to judge. A log, code and a table of short values do not: what is
 * asked of them can be computed.
 */
export function isProse(lines: readonly string[]): boolean {
	const most = (test: (line: string) => boolean) => 2 * lines.filter(test).length > lines.length;
	if (most((line) => TIMED.test(line)) || most((line) => MARKS_OF_CODE.test(line))) return false;
	return most((line) => SENTENCE.test(line)) || (isTable(lines) && lines.slice(1).some((line) => SENTENCE.test(line)));
}

/** Whether the lines have the same number of cells. */
function isTable(lines: readonly string[]): boolean {
	return DELIMITERS.some((delimiter) => {
		const widths = lines.map((line) => line.split(delimiter).length);
		return lines.length > 1 && (widths[0] ?? 0) > 1 && widths.every((width) => width >= (widths[0] ?? 0));
	});
}
