import { cutCell } from '../../core/cellOutput.ts';
import type { SandboxError } from '../../core/errors.ts';
import type {
	CellError,
	CellLimits,
	CellResult,
	ChangedVariable,
	RecordedCitation,
	SandboxRestart,
} from '../../core/ports/sandbox.ts';
import { present } from '../../core/present.ts';
import type { ResultOf } from '../../protocol/sandboxFrames.ts';
import type { CommandResult } from './interpreter.ts';
import type { StreamedOutput } from './streamedOutput.ts';
import type { Stop } from './supervisor.ts';

/** Room for the line about left-out output. Characters. */
const MARKER_CHARACTERS = 200;

/** Longest text about an error; the interpreter sends less, unless code has taken it over. Characters. */
const ERROR_CHARACTERS = 5000;

const CAUSES = {
	timeout: { type: 'Timeout', sentence: 'The code could not be interrupted, so the Python process was restarted.' },
	violation: {
		type: 'SandboxViolation',
		sentence: 'The code tried to leave the sandbox, so the Python process was restarted.',
	},
	memory: { type: 'MemoryError', sentence: 'The sandbox ran out of memory and was restarted.' },
	crashed: { type: 'Crash', sentence: 'The Python process crashed and was restarted.' },
} as const;

/** Tells the model about a restart. @param isRestored whether its variables are back */
export function describeRestart(reason: SandboxError['reason'], isRestored: boolean): SandboxRestart {
	const kind = reason === 'start' || reason === 'disposed' ? 'crashed' : reason;
	const kept = isRestored
		? 'All variables are as they were before this cell; files that the code wrote are gone.'
		: 'All variables and files are gone; the contexts are loaded again.';
	return { reason: kind, isRestored, explanation: `${CAUSES[kind].sentence} ${kept}` };
}

/** Builds the result of a cell whose interpreter has ended: the streamed output, and why. */
export function lostCell(
	restart: SandboxRestart,
	loss: SandboxError,
	limits: CellLimits,
	output: StreamedOutput,
	citations: readonly RecordedCitation[],
): Omit<CellResult, 'durationMs'> {
	const { type } = CAUSES[restart.reason];
	const message = restart.reason === 'timeout' ? timeoutMessage(limits.timeoutMs) : loss.message;
	return { ...cutCell(type, message, output.texts, citations), restart };
}

/** Builds the result of a cell whose interpreter could not report it, usually because its memory is full. */
export function unreportedCell(
	problem: string,
	output: StreamedOutput,
	citations: readonly RecordedCitation[],
): Omit<CellResult, 'durationMs'> {
	const message = `the result of the cell could not be read (${problem}); delete large variables if memory is short`;
	return cutCell('ResultError', message, output.texts, citations);
}

/** Reads the result of a cell as the interpreter reported it. @param stopped why it was interrupted, if it was */
export function finishedCell(
	cell: ResultOf<'cell'>,
	spans: CommandResult['header']['spans'],
	stopped: Stop | undefined,
	limits: CellLimits,
): Omit<CellResult, 'durationMs'> {
	const { error, changed, final, echo, stdout, stderr, ...rest } = cell;
	// The interpreter keeps to its limit, unless code has taken it over.
	const bounded = (text: string) => text.slice(0, limits.outputCharacters + MARKER_CHARACTERS);
	return present({
		...rest,
		stdout: bounded(stdout),
		stderr: bounded(stderr),
		changed: variablesOf(changed),
		spans: spans ?? [],
		echo: echo === undefined ? undefined : bounded(echo),
		final: final ? present(final) : undefined,
		error: error ? cellError(boundedError(error), stopped, limits) : undefined,
	});
}

/** Variables as the core describes them: what validation left undefined is absent. */
export function variablesOf(variables: ResultOf<'cell'>['changed']): ChangedVariable[] {
	return variables.map((variable) => present(variable));
}

function boundedError(error: NonNullable<ResultOf<'cell'>['error']>): NonNullable<ResultOf<'cell'>['error']> {
	const { type, message, traceback, hint } = error;
	return {
		...error,
		type: type.slice(0, ERROR_CHARACTERS),
		message: message.slice(0, ERROR_CHARACTERS),
		traceback: traceback.slice(0, 3 * ERROR_CHARACTERS),
		hint: hint?.slice(0, ERROR_CHARACTERS),
	};
}

function cellError(
	error: NonNullable<ResultOf<'cell'>['error']>,
	stopped: Stop | undefined,
	limits: CellLimits,
): CellError {
	const { isInterrupt, ...described } = error;
	if (!isInterrupt || stopped !== 'timeout') return present(described);
	const message = timeoutMessage(limits.timeoutMs);
	const traceback = described.traceback.replace(/KeyboardInterrupt\s*$/, `Timeout: ${message}\n`);
	return present({ ...described, type: 'Timeout', message, traceback });
}

function timeoutMessage(timeoutMs: number): string {
	const seconds = Number((timeoutMs / 1000).toFixed(1));
	return `the cell ran longer than its time limit of ${seconds} s and was stopped`;
}

/** Maximum citations kept, including those of lost interpreters. */
const CITATIONS = 10_000;

/** Collects the citations of the interpreters of one REPL, each once. */
export function mergeCitations(
	earlier: readonly RecordedCitation[],
	later: readonly RecordedCitation[],
): RecordedCitation[] {
	const byPlace = new Map([...earlier, ...later].map((one) => [`${one.path}:${one.startLine}-${one.endLine}`, one]));
	return [...byPlace.values()].slice(0, CITATIONS);
}
