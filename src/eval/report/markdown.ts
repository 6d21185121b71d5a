import type { Result } from '../run/results.ts';
import { type TextTable, textReport } from './textReport.ts';

/**
 * The tables of a report in Markdown, under a line that says how they were made.
 * @param command what made the results
 */
export function markdownTables(results: readonly Result[], command: string): string {
	const { tables, sentences } = textReport(results);
	const tasks = new Set(results.map(({ task }) => task)).size;
	const days = results.map(({ at }) => at.slice(0, 10)).sort();
	const when = days[0] === days.at(-1) ? days[0] : `${days[0]} to ${days.at(-1)}`;
	const head = `${tasks} tasks, ${results.length} runs, ${when}, by \`${command}\`:`;
	return [head, ...tables.map(tableOf), sentences.map((text) => `- ${text}`).join('\n')].join('\n\n');
}

function tableOf({ title, rows, leftColumns }: TextTable): string {
	const [headings = [], ...body] = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
	const rule = headings.map((_, at) => (at < leftColumns ? '---' : '--:'));
	return [`**${title}**\n`, ...[headings, rule, ...body].map((cells) => `| ${cells.join(' | ')} |`)].join('\n');
}
