import type { RunEnd, RunEvent } from '../core/events.ts';
import { printable, printableJson } from '../core/printable.ts';
import { emptyTree, foldEvent, type RunNode, rootRun } from '../core/tree.ts';
import { note, printSlowly } from './output.ts';
import { createProgress } from './progress.ts';
import { citationLines, doubtLines, outcomeText, reportOf, summaryLine } from './report.ts';

/** What a command prints about a run. */
export interface OutputOptions {
	/** One object at the end, on stdout. */
	readonly json?: boolean;
	/** One event a line, on stdout. */
	readonly events?: boolean;
	/** Nothing on stderr except errors. */
	readonly quiet?: boolean;
}

/** A run to show. */
export interface ShownRun {
	readonly events: AsyncIterable<RunEvent>;
	/** Returns the path of its journal. Called at the end, because only then it is known whether it could be written. */
	readonly journal: () => string | undefined;
	/** ms since the epoch, on the clock of the events. */
	readonly now: () => number;
	/** Whether to show an event; hidden ones still count for the tree. Shows all when absent. */
	readonly isShown?: (event: RunEvent) => boolean;
}

/**
 * Shows a run while it goes on: progress on stderr, and on stdout what the options select, else the answer.
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
			if (output.events) await printSlowly(printableJson(event));
			progress.update(event);
		}
	} finally {
		progress.stop();
	}
	if (end) await showEnd({ end, node: rootRun(tree), journal: run.journal() }, output, progress.showsCitations);
	return end;
}

/** How a run ended, and where it is journaled. */
interface EndedRun {
	readonly end: RunEnd;
	/** Undefined when it could not start. */
	readonly node: RunNode | undefined;
	readonly journal: string | undefined;
}

async function showEnd({ end, node, journal }: EndedRun, output: OutputOptions, hasCitations: boolean) {
	if (output.json) await printSlowly(printableJson(reportOf(end, node, journal)));
	else if (!output.events && end.answer !== '') await printSlowly(forStdout(end.answer));
	const problem = outcomeText(end);
	// With neither answer nor JSON, only this line says why the run ended as it did.
	const isSilent = end.answer === '' && !output.json && !output.events;
	if (problem !== undefined && (end.outcome === 'failed' || isSilent || !output.quiet)) note(problem);
	if (output.quiet) return;
	const citations = hasCitations ? [] : citationLines(end.citations);
	for (const line of [...citations, ...doubtLines(end)]) note(`  ${line}`);
	note(summaryLine(end, node?.plan?.plan, journal));
}

/** Cleans an answer for a terminal, which it must not steer; a file or a program gets it unchanged. */
function forStdout(answer: string): string {
	return process.stdout.isTTY ? printable(answer) : answer;
}
