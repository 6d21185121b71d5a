import { formatCount, formatDuration } from '../core/figures.ts';
import { wayText } from '../core/modes.ts';
import { type ModeUsage, sumByMode } from '../core/modeUsage.ts';
import { oneLine, printableJson } from '../core/printable.ts';
import { lastDays } from '../pool/usage/day.ts';
import { createLedger, type DayUsage, type Ledger } from '../pool/usage/ledger.ts';
import { addUsage, noUsage, type ServerUsage, sumByModel } from '../pool/usage/usage.ts';
import { usageFolder } from '../settings/dataFolder.ts';
import { costText } from './fleetTable.ts';
import { columnsOf, plural } from './format.ts';
import { printDrawing, tell } from './output.ts';
import { EXIT } from './report.ts';

/** Options of `rlm usage`. */
export interface UsageOptions {
	/** Days up to and including today; 7 when absent. */
	readonly days?: number;
	readonly json?: boolean;
}

const DEFAULT_DAYS = 7;

/** Opens the ledger that all programs of this user share. */
export function userLedger(onFailure: (error: Error) => void = () => {}): Ledger {
	return createLedger(usageFolder(process.env), onFailure);
}

/** Prints usage by day, by server and model, and by mode. */
export async function usage({ days = DEFAULT_DAYS, json }: UsageOptions): Promise<number> {
	const found = await userLedger().read(lastDays(days, Date.now()));
	printDrawing(json ? printableJson(found) : renderUsage(found));
	const damaged = found.reduce((sum, { damagedLines }) => sum + damagedLines, 0);
	if (damaged > 0) tell(`${plural(damaged, 'line')} could not be read and are not counted`);
	return EXIT.answered;
}

const HEADINGS = ['', 'calls', 'failed', 'prompt', 'cached', 'completion', 'time', 'cost'];

const MODE_HEADINGS = ['mode', 'runs', 'answered', 'partial', 'failed', 'tokens', 'time', 'cost'];

/** Formats the days with usage, then the models and the modes over all of them. `~` marks estimated tokens. */
export function renderUsage(days: readonly DayUsage[]): string {
	const used = days.filter(({ servers, modes }) => servers.length + modes.length > 0);
	if (used.length === 0) return `Nothing was used in the last ${plural(days.length, 'day')}.`;
	const models = sumByModel(used.flatMap(({ servers }) => servers));
	const rows = [
		HEADINGS,
		...used.map(({ day, servers }) => rowOf(day, total(servers))),
		['', '', '', '', '', '', '', ''],
		...models.map((entry) => rowOf(nameOf(entry), entry)),
		...(models.length > 1 ? [rowOf('all', total(models))] : []),
	];
	const modes = sumByMode(used.flatMap((day) => day.modes));
	if (modes.length === 0) return tableOf(rows);
	return `${tableOf(rows)}\n\n${tableOf([MODE_HEADINGS, ...modes.map(modeRow)])}`;
}

function tableOf(rows: readonly (readonly string[])[]): string {
	const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => columnsOf(row[column] ?? ''))));
	return rows.map((row) => lineOf(row, widths)).join('\n');
}

function modeRow(entry: ModeUsage): string[] {
	const { mode, plan, runs, answered, partial, failed, tokens, durationMs } = entry;
	return [
		wayText(mode, plan === '' ? undefined : oneLine(plan)),
		...[runs, answered, partial, failed].map(String),
		formatCount(tokens),
		formatDuration(durationMs),
		costCell(entry),
	];
}

/** Names a server and its model, which may be unknown when every attempt failed. */
function nameOf({ server, model }: ServerUsage): string {
	return model === '' ? server : `${server}/${model}`;
}

function lineOf(row: readonly string[], widths: readonly number[]): string {
	const cells = row.map((cell, column) => {
		const space = ' '.repeat((widths[column] ?? 0) - columnsOf(cell));
		return column === 0 ? cell + space : space + cell;
	});
	return cells.join('  ').trimEnd();
}

function total(entries: readonly ServerUsage[]): ServerUsage {
	return entries.reduce(addUsage, noUsage('', ''));
}

function rowOf(name: string, entry: ServerUsage): string[] {
	const tokens = (value: number) => `${entry.estimatedCalls > 0 ? '~' : ''}${formatCount(value)}`;
	return [
		oneLine(name),
		String(entry.calls),
		String(entry.failedAttempts),
		tokens(entry.promptTokens),
		entry.cachedPromptTokens === 0 ? '-' : formatCount(entry.cachedPromptTokens),
		tokens(entry.completionTokens),
		formatDuration(entry.durationMs),
		costCell(entry),
	];
}

function costCell(entry: ServerUsage | ModeUsage): string {
	return costText(entry) ?? (entry.unpricedCalls > 0 ? 'unknown' : '-');
}
