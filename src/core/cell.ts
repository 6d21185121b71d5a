import { CellOutput } from './cellOutput.ts';
import { CancelledError } from './errors.ts';
import type { CellResult } from './ports/sandbox.ts';
import { present } from './present.ts';
import type { RunState } from './runState.ts';

/** Runs one cell under a node of the tree, and keeps what the run has to know of it. */
export async function runCell(
	state: RunState,
	parent: { readonly runId: string; readonly nodeId: string },
	code: string,
): Promise<CellResult> {
	const { shared, limits, progress, calls, ending, work, frame } = state;
	const node = { runId: parent.runId, nodeId: shared.createNodeId(), parentId: parent.nodeId };
	const sandbox = await state.sandbox();
	const startedAt = shared.deps.now();
	shared.emitter.emit({ type: 'code-start', ...node, code });
	const cell = calls.startCell(node.nodeId, code);
	const output = new CellOutput((stream, text) => shared.emitter.emit({ type: 'output-delta', ...node, stream, text }));
	const signal = calls.isEnding ? ending : work;
	let result: CellResult;
	try {
		const limitsOfCell = { timeoutMs: limits.cellMs, outputCharacters: frame.outputCharacters };
		result = await sandbox.execute(code, limitsOfCell, output.add, AbortSignal.any([signal, cell.stop]));
	} catch (error) {
		if (!(error instanceof CancelledError) || signal.aborted) throw error;
		result = output.stopped('CallsRefused', cell.stopMessage, progress.last, shared.deps.now() - startedAt);
	} finally {
		await cell.end();
	}
	progress.notes.push(...cell.notes);
	progress.haveCallsFailed = cell.hasFailures;
	const { stdout, stderr, echo, error, changed, spans, durationMs } = result;
	shared.emitter.emit({
		type: 'code-end',
		...node,
		stdout,
		stderr,
		...present({ echo, error }),
		changed,
		spans,
		durationMs,
	});
	noteResult(state, result);
	return result;
}

function noteResult({ progress }: RunState, result: CellResult): void {
	progress.cells++;
	progress.last = result;
	progress.hasLooked ||= result.usesContext === true;
	for (const variable of result.changed) {
		progress.changed.delete(variable.name);
		progress.changed.set(variable.name, variable);
	}
}
