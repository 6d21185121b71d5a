import type { Way } from './drivers.ts';
import type { Targets } from './scenario.ts';
import type { Figures } from './simulate.ts';

/** The figures of a scenario over all its seeds. */
export interface Summary {
	readonly way: Way;
	readonly runs: readonly Figures[];
}

/** A target that was missed. */
export interface Miss {
	readonly what: string;
	readonly value: number;
	readonly limit: number;
}

const HEADER = [
	'strategy',
	'makespan',
	'/bound',
	'root wait p50',
	'p95',
	'sub wait p50',
	'p95',
	'Jain',
	'prefix hits',
	'wasted',
	'attempts/job',
	'failed',
	'lost',
	'loads',
	'USD',
	'trace',
];

/** One row a strategy; times are seconds, each figure the mean over the seeds. */
export function tableOf(summaries: readonly Summary[]): string {
	const rows = [HEADER, ...summaries.map(rowOf)];
	const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
	const line = (row: readonly string[]) =>
		row
			.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
			.join('  ');
	return rows.map(line).join('\n');
}

/** One line of the table at the end. */
export interface SummaryRow {
	readonly name: string;
	readonly summaries: readonly Summary[];
}

/** All scenarios at a glance, as Markdown: makespan over bound of each strategy; a dash where calls were lost or cancelled. */
export function summaryOf(ways: readonly Way[], rows: readonly SummaryRow[]): string {
	const cells = rows.map(({ name, summaries }) => [name, ...summaries.map(({ runs }) => ratioOf(runs))]);
	const lines = [['scenario', ...ways], ['---', ...ways.map(() => '---:')], ...cells];
	return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function ratioOf(runs: readonly Figures[]): string {
	return runs.every(isComplete) ? mean(runs.map(toBound)).toFixed(2) : '-';
}

function rowOf({ way, runs }: Summary): string[] {
	const of = (pick: (figures: Figures) => number) => mean(runs.map(pick));
	const seconds = (pick: (figures: Figures) => readonly number[], share: number) => {
		const values = runs.filter((figures) => pick(figures).length > 0);
		return values.length === 0
			? '-'
			: (mean(values.map((figures) => quantile(pick(figures), share))) / 1000).toFixed(1);
	};
	return [
		way,
		(of(({ makespan }) => makespan) / 1000).toFixed(0),
		runs.every(isComplete) ? of(toBound).toFixed(3) : '-',
		seconds(({ rootWaits }) => rootWaits, 0.5),
		seconds(({ rootWaits }) => rootWaits, 0.95),
		seconds(({ subWaits }) => subWaits, 0.5),
		seconds(({ subWaits }) => subWaits, 0.95),
		of(({ jain }) => jain).toFixed(3),
		percent(of(({ prefixHits }) => prefixHits)),
		percent(of(({ wastedShare }) => wastedShare)),
		of(({ attempts, jobs }) => attempts / jobs).toFixed(3),
		of(({ failed }) => failed).toFixed(0),
		of(({ lost, doubled }) => lost + doubled).toFixed(0),
		of(({ loads }) => loads).toFixed(0),
		of(({ usd }) => usd).toFixed(2),
		runs[0]?.trace ?? '',
	];
}

/** The bound is one for all calls; without some of them the ratio would say nothing. */
function isComplete({ failed, cancelled, lost }: Figures): boolean {
	return failed + cancelled + lost === 0;
}

/** Targets are checked on the mean over the seeds; what must never happen, in every run. */
export function missesOf(runs: readonly Figures[], targets: Targets): readonly Miss[] {
	const of = (pick: (figures: Figures) => number) => mean(runs.map(pick));
	const values: Record<keyof Targets, number> = {
		makespanToBound: runs.every(isComplete) ? of(toBound) : Number.POSITIVE_INFINITY,
		rootWaitToService: of(({ rootWaits, longestService }) => ratio(quantile(rootWaits, 0.95), longestService)),
		jain: of(({ jain }) => jain),
		prefixHits: of(({ prefixHits }) => prefixHits),
		wastedShare: of(({ wastedShare }) => wastedShare),
		attemptsPerJob: of(({ attempts, jobs }) => attempts / jobs),
		failed: Math.max(...runs.map(({ failed }) => failed)),
		loads: of(({ loads }) => loads),
		usd: of(({ usd }) => usd),
	};
	const atLeast = new Set<string>(['jain', 'prefixHits']);
	const misses: Miss[] = [];
	for (const [what, limit] of Object.entries(targets)) {
		const value = values[what as keyof Targets];
		if (atLeast.has(what) ? value < limit : !(value <= limit)) misses.push({ what, value, limit });
	}
	const never = { lost: (f: Figures) => f.lost, doubled: (f: Figures) => f.doubled, left: (f: Figures) => f.left };
	for (const [what, pick] of Object.entries(never)) {
		const value = Math.max(...runs.map(pick));
		if (value > 0) misses.push({ what, value, limit: 0 });
	}
	return misses;
}

function toBound({ makespan, bound }: Figures): number {
	return ratio(makespan, bound);
}

/** Calls without any length take no time. */
function ratio(value: number, of: number): number {
	return value === of ? 1 : value / of;
}

function mean(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function quantile(values: readonly number[], share: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

function percent(share: number): string {
	return `${(100 * share).toFixed(1)} %`;
}
