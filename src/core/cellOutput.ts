import type { CellResult } from './ports/sandbox.ts';

/** What a cell printed before it ended. */
type Printed = Pick<CellResult, 'stdout' | 'stderr'>;

type OutputSink = (stream: 'stdout' | 'stderr', text: string) => void;

/** Collects what a cell prints. When the run stops the code, nothing else is left of the cell. */
export class CellOutput {
	readonly #printed = { stdout: '', stderr: '' };
	/** Takes printed text and passes it on. */
	readonly add: OutputSink;

	/** @param sink receives the text as it arrives, already bounded by the sandbox */
	constructor(sink: OutputSink) {
		this.add = (stream, text) => {
			this.#printed[stream] += text;
			sink(stream, text);
		};
	}

	/** Result of a cell whose code was stopped. Its variables survive. @param last result of the previous cell */
	stopped(type: string, message: string, last: CellResult | undefined, durationMs: number): CellResult {
		return { ...cutCell(type, message, this.#printed, last?.citations ?? []), durationMs };
	}
}

/** Result of a cell of which nothing is known but what it printed and why it ended. */
export function cutCell(
	type: string,
	message: string,
	{ stdout, stderr }: Printed,
	citations: CellResult['citations'],
): Omit<CellResult, 'durationMs'> {
	return {
		stdout,
		stderr,
		printedCharacters: stdout.length + stderr.length,
		error: { type, message, traceback: `${type}: ${message}\n` },
		notices: [],
		changed: [],
		citations,
		spans: [],
	};
}
