import type { RunEnd, RunEvent } from '../core/events.ts';
import { emptyTree, foldEvent } from '../core/tree.ts';
import { printable } from './format.ts';
import { createProgress } from './progress.ts';
import { citationLines, outcomeText, reportOf, summaryLine } from './report.ts';

/** What a command prints of a run. */
export interface OutputOptions {
	/** One object at the end, on stdout. */
	readonly json?: boolean;
	/** One event a line, on stdout. */
	readonly events?: boolean;
	/** Nothing on stderr but errors. */
	readonly quiet?: boolean;
}

/** A run to show. */
export interface ShownRun {
	readonly events: AsyncIterable<RunEvent>;
	/** Path of its journal, asked for at the end: only then it is known whether it could be written. */
	readonly journal: () => string | undefined;
	/** ms since the epoch, in the time of the events. */
	readonly now: () => number;
	/** Whether an event is shown; those that are not still count for the tree. All are when absent. */
	readonly isShown?: (event: RunEvent) => boolean;
}

/**
 * Shows a run while it goes on: progress on stderr, and on stdout what the options ask for, else the answer.
 * @returns the last event of the run; undefined when the events stopped before it
 */
export async function showRun(run: ShownRun, output: OutputOptions): Promise<RunEnd | undefined> {
	const tree = emptyTree();
	// The drawing must not share a terminal with the events.
	const isQuiet = output.quiet === true || (output.events === true && process.stdout.isTTY);
	const progress = createProgress(tree, process.stderr, { isQuiet, now: run.now });
	let end: RunEnd | undefined;
	try {
		for await (const event of run.events) {
			foldEvent(tree, event);
			if (event.type === 'run-end' && event.parentId === undefined) end = event;
			if (run.isShown && !run.isShown(event)) continue;
			if (output.events) await write(`${JSON.stringify(event)}\n`);
			progress.update(event);
		}
	} finally {
		progress.stop();
	}
	if (end) await showEnd(end, run.journal(), output, progress.showsCitations);
	return end;
}

async function showEnd(end: RunEnd, journal: string | undefined, output: OutputOptions, hasCitations: boolean) {
	if (output.json) await write(`${JSON.stringify(reportOf(end, journal))}\n`);
	else if (!output.events && end.answer !== '') await write(`${forStdout(end.answer)}\n`);
	const problem = outcomeText(end);
	if (problem !== undefined && (end.outcome === 'failed' || !output.quiet)) process.stderr.write(`${problem}\n`);
	if (output.quiet) return;
	const citations = hasCitations ? [] : citationLines(end.citations);
	for (const line of citations) process.stderr.write(`  ${line}\n`);
	process.stderr.write(`${summaryLine(end, journal)}\n`);
}

/** Escape sequences that a model wrote do nothing on a terminal; a file or a program gets the answer as it is. */
function forStdout(answer: string): string {
	return process.stdout.isTTY ? printable(answer) : answer;
}

/** Writes to stdout and waits while its reader is slow. */
async function write(text: string): Promise<void> {
	if (process.stdout.write(text) || process.stdout.destroyed) return;
	await new Promise<void>((resolve) => {
		process.stdout.once('drain', resolve);
		process.stdout.once('close', resolve);
	});
}
