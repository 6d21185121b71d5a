import { styleText } from 'node:util';
import { formatCost, formatCount, formatDuration } from '../core/figures.ts';
import { oneLine } from '../core/printable.ts';
import { NO_USAGE } from '../core/totals.ts';
import type { CallFigures, FleetServer } from '../pool/fleet.ts';
import { formatAge, formatMemory, formatSpeed, gpuParts, sparkline } from '../pool/health/fleetFigures.ts';
import type { GpuFigures } from '../pool/health/gpu.ts';
import type { HealthState } from '../pool/health/healthState.ts';
import type { ServerUsage } from '../pool/usage/usage.ts';
import { clip, columnsOf } from './format.ts';

/** How a table is drawn. */
export interface TableView {
	/** Width of the terminal in columns. */
	readonly width: number;
	readonly color: boolean;
	/** ms since the epoch. */
	readonly now: number;
}

type Style = Parameters<typeof styleText>[0];

interface Column {
	readonly heading: string;
	readonly cell: (server: FleetServer, now: number) => string;
	/** Right-aligns the column. */
	readonly isFigure?: boolean;
	/** Columns with the greatest value go first when the table is too wide; a column without one stays. */
	readonly expendable?: number;
}

const COLUMNS: readonly Column[] = [
	{ heading: 'server', cell: ({ id }) => oneLine(id) },
	{ heading: 'state', cell: ({ health }) => `${MARKS[health.state]} ${health.state}` },
	{ heading: 'since', cell: ({ health }, now) => formatAge(now - health.since), isFigure: true, expendable: 5 },
	{ heading: 'in memory', cell: loadedModels, expendable: 1 },
	{ heading: 'window', cell: ({ windowTokens }) => count(windowTokens), isFigure: true, expendable: 7 },
	{ heading: 'VRAM', cell: ({ memory }) => (memory ? formatMemory(memory) : '-'), isFigure: true, expendable: 4 },
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
 * Draws the fleet as a table, one server per line. Below a server come the reason for its state, its measured GPUs and
 * the work of its other users, where known. Columns that do not fit are left out.
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

/** Drops the least important columns until the rest fit. */
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

/** Returns the share of a model that does not fit into GPU memory; such a model is slow. */
function onCpu(bytes: number | undefined, vramBytes: number | undefined): string {
	if (!bytes || vramBytes === undefined || vramBytes >= bytes) return '';
	return ` (${Math.round((1 - vramBytes / bytes) * 100)} % on CPU)`;
}

function gpuText(gpu: GpuFigures): string {
	return oneLine(`${gpu.name}: ${gpuParts(gpu).join(', ')}`);
}

/** Running calls, places and waiting calls: of all users where the server reports them, else our own. */
function callsText({ calls, load, health }: FleetServer): string {
	if (health.state === 'down') return '-';
	const running = Math.max(calls.inFlight, load?.running ?? 0);
	const waiting = calls.waiting + (load?.waiting ?? 0);
	return `${running}/${load?.places ?? calls.limit}${waiting > 0 ? ` +${waiting}` : ''}`;
}

/** Share of recent attempts that failed, and how long the server is paused because of it. */
function errorsText({ errorShare, breaker, reopensInMs }: CallFigures): string {
	const share = errorShare < 0.005 ? '-' : `${Math.round(errorShare * 100)} %`;
	if (breaker === 'closed') return share;
	const seconds = reopensInMs === undefined ? '' : ` ${Math.ceil(reopensInMs / 1000)} s`;
	return `${share === '-' ? '' : `${share} `}${breaker === 'open' ? `paused${seconds}` : 'trying'}`;
}

/** Tokens of today, and USD where a price is known. */
function todayText(today: ServerUsage | undefined): string {
	if (today === undefined || today.calls === 0) return '-';
	const tokens = formatCount(today.promptTokens + today.completionTokens);
	const cost = costText(today);
	return `${today.estimatedCalls > 0 ? '~' : ''}${tokens}${cost === undefined ? '' : ` ${cost}`}`;
}

/** Formats a cost: `$1.20`, with `≥` when some calls have no known price; undefined when nothing is known. */
export function costText({
	costUsd,
	unpricedCalls,
	calls,
}: Pick<ServerUsage, 'costUsd' | 'unpricedCalls' | 'calls'>): string | undefined {
	return formatCost({ usage: NO_USAGE, costUsd, unpricedCalls, calls });
}

/** Draws the last hour; empty until there are two minutes to compare. */
function lastHour({ history, calls, load }: FleetServer): string {
	const known = history.filter((minute) => minute !== undefined);
	return known.length < 2 ? '-' : sparkline(history, load?.places ?? calls.limit);
}

function count(value: number | undefined): string {
	return value === undefined ? '-' : formatCount(value);
}

function duration(milliseconds: number | undefined): string {
	return milliseconds === undefined ? '-' : formatDuration(milliseconds);
}

function speed(tokensPerSecond: number | undefined): string {
	return tokensPerSecond === undefined ? '-' : formatSpeed(tokensPerSecond);
}
