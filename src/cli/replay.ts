import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledError, InputError } from '../core/errors.ts';
import type { RunEvent } from '../core/events.ts';
import { readJournal } from '../journal/journal.ts';
import { noSuchFile } from './nearPaths.ts';
import { note, tell } from './output.ts';
import { canRedraw } from './progress.ts';
import { EXIT, exitCodeOf } from './report.ts';
import { type OutputOptions, showRun } from './showRun.ts';

/** Options of `rlm replay`. */
export interface ReplayOptions extends OutputOptions {
	/** Iteration of the root run at which the replay starts. */
	readonly from?: number;
	/** Wait for Enter between iterations. */
	readonly step?: boolean;
}

/** Longest pause of the run that the replay keeps. ms */
const LONGEST_PAUSE_MS = 400;
/** Longest replay; a longer one is played faster. ms */
const LONGEST_REPLAY_MS = 10_000;

/**
 * Replays a run from its journal, without a model.
 * @returns the exit code of the run
 * @throws InputError when the journal cannot be read, CancelledError when the signal fired
 */
export async function replay(file: string, options: ReplayOptions, signal: AbortSignal): Promise<number> {
	const events = await readAll(file);
	const first = options.from === undefined ? 0 : indexOfIteration(events, options.from, file);
	const clock = new ReplayClock();
	const end = await showRun(
		{
			events: played(events, first, options, clock, signal),
			journal: () => path.resolve(file),
			now: () => clock.now(),
			isShown: (event) => event.seq >= (events[first]?.seq ?? 0),
		},
		options,
	);
	if (end) return exitCodeOf(end);
	tell('the journal stops before the run ended');
	return EXIT.failed;
}

async function readAll(file: string): Promise<RunEvent[]> {
	if (!existsSync(file)) throw noSuchFile(file);
	const events: RunEvent[] = [];
	for await (const event of readJournal(file)) events.push(event);
	return events;
}

function isRootIteration(event: RunEvent, rootRunId: string | undefined): boolean {
	return event.type === 'iteration-start' && event.runId === rootRunId;
}

function indexOfIteration(events: readonly RunEvent[], iteration: number, file: string): number {
	const rootRunId = events[0]?.runId;
	const starts = events.filter((event) => isRootIteration(event, rootRunId));
	const wanted = starts[iteration - 1];
	if (!wanted) throw new InputError(`${file} has no iteration ${iteration}`, `It has ${starts.length}.`);
	return events.indexOf(wanted);
}

/** The clock of the run, which continues for a moment after the last event played. */
class ReplayClock {
	#eventAt = 0;
	#playedAt = 0;

	play(event: RunEvent): void {
		this.#eventAt = event.at;
		this.#playedAt = Date.now();
	}

	now(): number {
		return this.#eventAt + Math.min(Date.now() - this.#playedAt, LONGEST_PAUSE_MS);
	}
}

/** Plays events at the pace of the run when somebody watches, else all at once. */
async function* played(
	events: readonly RunEvent[],
	first: number,
	options: ReplayOptions,
	clock: ReplayClock,
	signal: AbortSignal,
): AsyncGenerator<RunEvent> {
	const isWatched = canRedraw(process.stderr) && !options.json && !options.events;
	const isStepped = options.step === true && process.stdin.isTTY && process.stderr.isTTY;
	const speed = isWatched ? speedOf(events.slice(first)) : Number.POSITIVE_INFINITY;
	if (isStepped) note('Enter shows the next iteration, Ctrl+C ends.');
	for (const [index, event] of events.entries()) {
		if (signal.aborted) throw new CancelledError();
		const isNextTurn = index > first && isRootIteration(event, events[0]?.runId);
		if (isStepped && isNextTurn) await untilEnter(signal);
		else if (index > first) await pause(gapBefore(events, index) / speed, signal);
		clock.play(event);
		yield event;
	}
}

/** Returns the factor by which the replay is faster than the run, after pauses are cut. */
function speedOf(events: readonly RunEvent[]): number {
	const whole = events.reduce((sum, _event, index) => sum + gapBefore(events, index), 0);
	return Math.max(1, whole / LONGEST_REPLAY_MS);
}

function gapBefore(events: readonly RunEvent[], index: number): number {
	const gap = (events[index]?.at ?? 0) - (events[index - 1]?.at ?? Number.POSITIVE_INFINITY);
	return Math.min(Math.max(0, gap), LONGEST_PAUSE_MS);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
	if (ms < 1) return;
	await sleep(ms, undefined, { signal }).catch(() => {
		throw new CancelledError();
	});
}

async function untilEnter(signal: AbortSignal): Promise<void> {
	const lines = createInterface({ input: process.stdin, terminal: false });
	try {
		// End of input counts as Enter: nobody can press it.
		await Promise.race([once(lines, 'line', { signal }), once(lines, 'close', { signal })]);
	} catch {
		throw new CancelledError();
	} finally {
		lines.close();
	}
}
