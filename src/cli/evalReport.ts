import path from 'node:path';
import { oneLine, printableJson } from '../core/printable.ts';
import { jsonReport } from '../eval/report/jsonReport.ts';
import { reportPage } from '../eval/report/page.ts';
import { type TextTable, textReport } from '../eval/report/textReport.ts';
import { type ResultStore, readResults, writeWhole } from '../eval/run/results.ts';
import { adviceOf, adviceText } from '../eval/verdicts/advice.ts';
import { readVerdicts, verdictsOf } from '../eval/verdicts/verdicts.ts';
import { verdictsFile } from '../settings/dataFolder.ts';
import { columnsOf, plural } from './format.ts';
import { print, printDrawing, tell } from './output.ts';
import { EXIT } from './report.ts';

/** Options of `rlm eval report`. */
export interface EvalReportOptions {
	readonly json?: boolean;
	readonly quiet?: boolean;
}

const PAGE = 'report.html';

/** Prints the report of an evaluation and writes its page. @throws InputError */
export async function evalReport(folder: string, options: EvalReportOptions): Promise<number> {
	await printReport(folder, await readResults(folder), options);
	return EXIT.answered;
}

/** Prints tables and sentences, or JSON, and writes the page into the folder. */
export async function printReport(
	folder: string,
	store: ResultStore,
	{ json, quiet }: EvalReportOptions,
): Promise<void> {
	const { results, damagedLines } = store;
	if (damagedLines > 0) tell(`${plural(damagedLines, 'line')} of the results could not be read and are not counted`);
	const page = path.join(folder, PAGE);
	await writeWhole(page, reportPage(results));
	if (json) printDrawing(printableJson(jsonReport(results)));
	else {
		const { tables, sentences } = textReport(results);
		const advice = adviceOf(verdictsOf(results)).map(adviceText);
		print([...tables.map(renderTable), [...sentences, ...advice].map(oneLine).join('\n')].join('\n\n'));
	}
	if (!quiet) tell(`the page with charts is ${page}`);
}

/** Says what all evaluations of this user found out about each model. */
export async function evalModels({ json }: EvalReportOptions): Promise<number> {
	const advice = adviceOf(await readVerdicts(verdictsFile(process.env)));
	if (json) printDrawing(printableJson(advice));
	else if (advice.length === 0) tell('no model was evaluated yet; rlm eval does');
	else print(advice.map((one) => oneLine(adviceText(one))).join('\n'));
	return EXIT.answered;
}

function renderTable({ title, rows, leftColumns }: TextTable): string {
	const cells = rows.map((row) => row.map(oneLine));
	const columns = Math.max(...cells.map((row) => row.length));
	const widths = Array.from({ length: columns }, (_, at) => Math.max(...cells.map((row) => columnsOf(row[at] ?? ''))));
	const lines = cells.map((row) =>
		row
			.map((cell, at) => {
				const space = ' '.repeat((widths[at] ?? 0) - columnsOf(cell));
				return at < leftColumns ? cell + space : space + cell;
			})
			.join('  ')
			.trimEnd(),
	);
	return [title, ...lines].join('\n');
}
