import { setTimeout as sleep } from 'node:timers/promises';
import { styleText } from 'node:util';
import { createLogUpdate } from 'log-update';
import { processScript, vaultFolder, workerScript } from '../assets.ts';
import { explain } from '../core/errors.ts';
import { formatCount, formatDuration } from '../core/figures.ts';
import { createEngine } from '../engine.ts';
import type { Pool, ServerStatus } from '../pool/pool.ts';
import { describeIsolation, type IsolationReport } from '../sandbox/isolationReport.ts';
import { loadConfiguration } from './config.ts';
import { clip, columnsOf, oneLine, printable } from './format.ts';
import { canRedraw } from './progress.ts';
import { EXIT } from './report.ts';

/** Options of `rlm servers`. */
export interface ServersOptions {
	readonly config?: string;
	readonly json?: boolean;
	readonly watch?: boolean;
}

/** Between two looks of `--watch`. ms */
const WATCH_MS = 2_000;

/**
 * Asks every server how it is and prints a table, and below it how well the sandbox is walled in.
 * @returns the exit code: whether any server answered
 * @throws InputError, ConfigError, CancelledError
 */
export async function servers(options: ServersOptions, signal: AbortSignal): Promise<number> {
	const { settings, apiKey, notice } = await loadConfiguration(options, signal);
	if (notice !== undefined) process.stderr.write(`rlm: ${notice}\n`);
	const engine = createEngine({ settings, apiKey, vaultFolder, workerScript, processScript });
	try {
		const isolation = engine.isolation(signal);
		if (options.watch) return await watch(engine.pool, await isolation, options, signal);
		const [statuses, sandbox] = await Promise.all([engine.pool.probeAll(signal), isolation]);
		process.stdout.write(`${tableOf(statuses, sandbox, options)}\n`);
		return statuses.some(({ report }) => report !== undefined) ? EXIT.answered : EXIT.noServer;
	} finally {
		await engine.dispose();
	}
}

/** Refreshes the table until the user ends it, which is no failure. */
async function watch(
	pool: Pool,
	sandbox: IsolationReport,
	options: ServersOptions,
	signal: AbortSignal,
): Promise<number> {
	const drawOver = canRedraw(process.stdout) && !options.json ? createLogUpdate(process.stdout) : undefined;
	const draw = drawOver ?? ((text: string) => process.stdout.write(`${text}\n`));
	try {
		while (!signal.aborted) {
			draw(tableOf(await pool.probeAll(signal), sandbox, options));
			await sleep(WATCH_MS, undefined, { signal });
		}
	} catch (error) {
		if (!signal.aborted) throw error;
	} finally {
		drawOver?.done();
	}
	return EXIT.answered;
}

function tableOf(statuses: readonly ServerStatus[], sandbox: IsolationReport, { json }: ServersOptions): string {
	if (json) return JSON.stringify({ servers: statuses.map(rowOf), sandbox });
	const { columns = 160 } = process.stdout;
	const color = process.stdout.isTTY && process.stdout.hasColors();
	const table = renderServers(statuses, { width: columns - 1, color });
	return `${table}\n\nsandbox  ${printable(describeIsolation(sandbox))}`;
}

/** A server as `--json` prints it. */
export interface ServerRow {
	readonly id: string;
	readonly kind: string;
	readonly url: string;
	readonly state: 'up' | 'down';
	readonly software?: string;
	readonly models: readonly string[];
	/** Largest served window that is known. Tokens. */
	readonly windowTokens?: number;
	/** Models in the server's memory. */
	readonly loaded: readonly string[];
	readonly latencyMs: number;
	readonly error?: string;
	readonly hint?: string;
}

/** What asking a server gave, flat. */
export function rowOf({ server, url, latencyMs, report, error }: ServerStatus): ServerRow {
	const models = report?.models ?? [];
	const windows = models.flatMap(({ contextTokens }) => contextTokens ?? []);
	const windowTokens = server.contextLength ?? (windows.length > 0 ? Math.max(...windows) : undefined);
	const explanation = error === undefined ? undefined : explain(error);
	return {
		id: server.id,
		kind: server.kind,
		url,
		state: report ? 'up' : 'down',
		...(report?.software === undefined ? {} : { software: report.software }),
		models: models.map(({ name }) => name),
		...(windowTokens === undefined ? {} : { windowTokens }),
		loaded: models.filter(({ isLoaded }) => isLoaded).map(({ name }) => name),
		latencyMs: Math.round(latencyMs),
		...(explanation === undefined ? {} : { error: explanation.message }),
		...(explanation?.hint === undefined ? {} : { hint: explanation.hint }),
	};
}

const HEADINGS = ['id', 'kind', 'url', 'state', 'window', 'latency', 'loaded', 'models'];

/** A table of servers, one a line, with the error of a server that is down below it. */
export function renderServers(
	statuses: readonly ServerStatus[],
	{ width, color }: { readonly width: number; readonly color: boolean },
): string {
	const rows = statuses.map(rowOf);
	const cells = rows.map((row) =>
		[
			row.id,
			row.kind,
			row.url,
			row.state,
			row.windowTokens === undefined ? '-' : formatCount(row.windowTokens),
			formatDuration(row.latencyMs),
			row.loaded.join(', ') || '-',
			row.models.join(', ') || '-',
		].map(oneLine),
	);
	const widths = HEADINGS.map((heading, column) =>
		Math.max(...[heading, ...cells.map((row) => row[column] ?? '')].map(columnsOf)),
	);
	const line = (row: readonly string[]) =>
		clip(
			row
				.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - columnsOf(cell)))
				.join('  ')
				.trimEnd(),
			width,
		);
	const paint = (style: 'bold' | 'red', text: string) =>
		color ? styleText(style, text, { validateStream: false }) : text;
	const lines = [paint('bold', line(HEADINGS))];
	for (const [index, row] of cells.entries()) {
		lines.push(line(row));
		const { error, hint } = rows[index] ?? {};
		if (error !== undefined) lines.push(`  ${paint('red', printable(error))}`);
		if (hint !== undefined && !error?.includes(hint)) lines.push(`  ${printable(hint)}`);
	}
	return lines.join('\n');
}
