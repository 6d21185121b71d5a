import { styleText } from 'node:util';
import { formatCost, formatCount, formatDuration } from '../core/figures.ts';
import { NO_USAGE } from '../core/totals.ts';
import type { CallFigures, FleetServer } from '../pool/fleet.ts';
import type { GpuFigures, GpuMemory } from '../pool/gpu.ts';
import type { HealthMinute } from '../pool/healthHistory.ts';
import type { HealthState } from '../pool/healthState.ts';
import type { ServerUsage } from '../pool/usage.ts';
import { clip, columnsOf, oneLine, printable } from './format.ts';

/** How a table is drawn. */
export interface TableView {
	/** Columns of the terminal. */
	readonly width: number;
	readonly color: boolean;
	/** ms since the epoch. */
	readonly now: number;
}

type Style = Parameters<typeof styleText>[0];

interface Column {
	readonly heading: string;
	readonly cell: (server: FleetServer, now: number) => string;
	/** Figures stand at the right of their column. */
	readonly isFigure?: boolean;
	/** The greatest goes first where the table is too wide; without one it stays. */
	readonly expendable?: number;
}

const COLUMNS: readonly Column[] = [
	{ heading: 'server', cell: ({ id }) => id },
	{ heading: 'state', cell: ({ health }) => `${MARKS[health.state]} ${health.state}` },
	{ heading: 'since', cell: ({ health }, now) => age(now - health.since), isFigure: true, expendable: 5 },
	{ heading: 'in memory', cell: loadedModels, expendable: 1 },
	{ heading: 'window', cell: ({ windowTokens }) => count(windowTokens), isFigure: true, expendable: 7 },
	{ heading: 'VRAM', cell: ({ memory }) => memoryText(memory), isFigure: true, expendable: 4 },
	{ heading: 'calls', cell: callsText, isFigure: true },
	{
		heading: 'tok/s',
		cell: ({ calls, load }) => speed(calls.completionSpeed ?? load?.completionTokensPerSecond),
		isFigure: true,
		expendable: 2,
	},
	{ heading: '1st token', cell: ({ calls }) => duration(calls.firstTokenMs), isFigure: true, expendable: 9 },
	{ heading: 'errors', cell: ({ calls }) => errorsText(calls), isFigure: true, expendable: 3 },
	{ heading: 'today', cell: ({ today }) => todayText(today), isFigure: true, expendable: 6 },
	{ heading: 'last hour', cell: lastHour, expendable: 8 },
];

const MARKS: Readonly<Record<HealthState, string>> = { unknown: '?', up: '●', busy: '◐', degraded: '▲', down: '✗' };
const STYLES: Readonly<Record<HealthState, Style>> = {
	unknown: 'dim',
	up: 'green',
	busy: 'cyan',
	degraded: 'yellow',
	down: 'red',
};
const GAP = '  ';

/**
 * The fleet as a table, one server a line; below it, where there is something to say, why the server is as it is, its
 * GPUs as measured, and what is known of the work of its other users. Columns that do not fit are left out.
 */
export function renderFleet(fleet: readonly FleetServer[], view: TableView): string {
	const columns = fitting(fleet, view);
	const widths = columns.map((column) => widthOf(column, fleet, view.now));
	const line = (cells: readonly string[]) =>
		clip(
			cells
				.map((cell, index) => pad(cell, widths[index] ?? 0, columns[index]?.isFigure ?? false))
				.join(GAP)
				.trimEnd(),
			view.width,
		);
	const lines = [paint('bold', line(columns.map(({ heading }) => heading)), view)];
	for (const server of fleet) {
		const { state } = server.health;
		const mark = `${MARKS[state]} ${state}`;
		const text = line(columns.map(({ cell }) => cell(server, view.now)));
		lines.push(text.replace(mark, paint(STYLES[state], mark, view)));
		lines.push(...notesOf(server).map(({ text: note, style }) => `  ${paint(style, note, view)}`));
	}
	return lines.join('\n');
}

/** Columns that fit beside each other, the least important ones left out first. */
function fitting(fleet: readonly FleetServer[], { width, now }: TableView): readonly Column[] {
	let columns = COLUMNS.filter(
		(column) => column.expendable === undefined || fleet.some((server) => column.cell(server, now) !== '-'),
	);
	const total = () => columns.reduce((sum, column) => sum + widthOf(column, fleet, now) + GAP.length, -GAP.length);
	while (total() > width) {
		const ranks = columns.flatMap(({ expendable }) => expendable ?? []);
		if (ranks.length === 0) break;
		columns = columns.filter(({ expendable }) => expendable !== Math.max(...ranks));
	}
	return columns;
}

function widthOf({ heading, cell }: Column, fleet: readonly FleetServer[], now: number): number {
	return Math.max(...[heading, ...fleet.map((server) => cell(server, now))].map(columnsOf));
}

function pad(cell: string, width: number, isFigure: boolean): string {
	const space = ' '.repeat(Math.max(0, width - columnsOf(cell)));
	return isFigure ? space + cell : cell + space;
}

function paint(style: Style, text: string, { color }: Pick<TableView, 'color'>): string {
	return color ? styleText(style, text, { validateStream: false }) : text;
}

interface Note {
	readonly text: string;
	readonly style: Style;
}

function notesOf({ health, gpus, figuresProblem }: FleetServer): readonly Note[] {
	const { reason, hint, state } = health;
	return [
		...(reason === undefined ? [] : [{ text: oneLine(reason), style: STYLES[state] }]),
		...(hint === undefined || reason?.includes(hint) ? [] : [{ text: oneLine(hint), style: 'dim' as const }]),
		...gpus.map((gpu) => ({ text: gpuText(gpu), style: 'dim' as const })),
		...(figuresProblem === undefined ? [] : [{ text: oneLine(figuresProblem), style: 'yellow' as const }]),
	];
}

function loadedModels({ models, health }: FleetServer): string {
	const loaded = models.filter(({ isLoaded }) => isLoaded);
	if (loaded.length > 0)
		return oneLine(loaded.map(({ name, bytes, vramBytes }) => name + onCpu(bytes, vramBytes)).join(', '));
	if (health.state === 'down' || models.length === 0) return '-';
	return models.some(({ isLoaded }) => isLoaded === false) ? 'none' : '-';
}

/** How much of a model does not fit into the memory of the GPU, which makes it slow. */
function onCpu(bytes: number | undefined, vramBytes: number | undefined): string {
	if (!bytes || vramBytes === undefined || vramBytes >= bytes) return '';
	return ` (${Math.round((1 - vramBytes / bytes) * 100)} % on CPU)`;
}

const GIB = 1024 ** 3;

function gigabytes(bytes: number): string {
	return (bytes / GIB).toFixed(bytes < 99.5 * GIB ? 1 : 0);
}

function memoryText(memory: GpuMemory | undefined): string {
	if (memory === undefined) return '-';
	const total = memory.totalBytes === undefined ? '' : `/${Math.round(memory.totalBytes / GIB)}`;
	return `${gigabytes(memory.usedBytes)}${total} GB`;
}

function gpuText(gpu: GpuFigures): string {
	const used = gpu.usedBytes === undefined ? undefined : gigabytes(gpu.usedBytes);
	const parts = [
		gpu.busyShare === undefined ? undefined : `${Math.round(gpu.busyShare * 100)} %`,
		used === undefined ? undefined : `${used}${gpu.totalBytes === undefined ? '' : `/${gigabytes(gpu.totalBytes)}`} GB`,
		gpu.celsius === undefined ? undefined : `${Math.round(gpu.celsius)} °C`,
		gpu.watts === undefined ? undefined : `${Math.round(gpu.watts)} W`,
		gpu.isThrottled ? 'throttled' : undefined,
		gpu.driverError === undefined ? undefined : `driver error ${gpu.driverError}`,
	];
	return printable(`${gpu.name}: ${parts.filter((part) => part !== undefined).join(', ')}`);
}

/** Calls that run, of the places, and those that wait: of all its users where the server tells, else our own. */
function callsText({ calls, load, health }: FleetServer): string {
	if (health.state === 'down') return '-';
	const running = Math.max(calls.inFlight, load?.running ?? 0);
	const waiting = calls.waiting + (load?.waiting ?? 0);
	return `${running}/${load?.slots ?? calls.limit}${waiting > 0 ? ` +${waiting}` : ''}`;
}

/** Share of the last attempts that failed, and for how long calls are kept from the server because of it. */
function errorsText({ errorShare, breaker, reopensInMs }: CallFigures): string {
	const share = errorShare < 0.005 ? '-' : `${Math.round(errorShare * 100)} %`;
	if (breaker === 'closed') return share;
	const seconds = reopensInMs === undefined ? '' : ` ${Math.ceil(reopensInMs / 1000)} s`;
	return `${share === '-' ? '' : `${share} `}${breaker === 'open' ? `paused${seconds}` : 'trying'}`;
}

/** Tokens, and USD where a price is known. */
function todayText(today: ServerUsage | undefined): string {
	if (today === undefined || today.calls === 0) return '-';
	const tokens = formatCount(today.promptTokens + today.completionTokens);
	const cost = costText(today);
	return `${today.estimatedCalls > 0 ? '~' : ''}${tokens}${cost === undefined ? '' : ` ${cost}`}`;
}

/** `$1.20`, with `≥` when some calls have no known price; undefined when nothing is known. */
export function costText({ costUsd, unpricedCalls, calls }: ServerUsage): string | undefined {
	if (costUsd === 0 && unpricedCalls > 0) return undefined;
	return formatCost({ usage: NO_USAGE, costUsd, unpricedCalls, calls });
}

/** Nothing before there are two minutes to compare. */
function lastHour({ history, calls, load }: FleetServer): string {
	const known = history.filter((minute) => minute !== undefined);
	return known.length < 2 ? '-' : sparkline(history, load?.slots ?? calls.limit);
}

const BARS = '▁▂▃▄▅▆▇█';
/** Minutes of one character. */
const MINUTES_OF_A_BAR = 5;

/**
 * The last hour in twelve characters of five minutes: the height is the share of the places in use, `✗` a time in which
 * the server was down, `·` one in which nobody asked.
 */
export function sparkline(history: readonly (HealthMinute | undefined)[], limit: number): string {
	const bars: string[] = [];
	for (let start = 0; start < history.length; start += MINUTES_OF_A_BAR) {
		const minutes = history.slice(start, start + MINUTES_OF_A_BAR).filter((minute) => minute !== undefined);
		if (minutes.length === 0) bars.push('·');
		else if (minutes.some(({ state }) => state === 'down')) bars.push('✗');
		else bars.push(barOf(Math.max(...minutes.map(({ inFlight }) => inFlight)) / Math.max(1, limit)));
	}
	return bars.join('');
}

function barOf(share: number): string {
	return BARS[Math.min(BARS.length - 1, Math.ceil(Math.min(1, share) * (BARS.length - 1)))] ?? '';
}

function age(milliseconds: number): string {
	const seconds = Math.max(0, Math.round(milliseconds / 1000));
	if (seconds < 60) return `${seconds} s`;
	if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
	return seconds < 48 * 3600 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

function count(value: number | undefined): string {
	return value === undefined ? '-' : formatCount(value);
}

function duration(milliseconds: number | undefined): string {
	return milliseconds === undefined ? '-' : formatDuration(milliseconds);
}

function speed(tokensPerSecond: number | undefined): string {
	if (tokensPerSecond === undefined) return '-';
	return tokensPerSecond < 10 ? tokensPerSecond.toFixed(1) : formatCount(Math.round(tokensPerSecond));
}
