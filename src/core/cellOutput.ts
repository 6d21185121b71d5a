import type { CellResult } from './ports/sandbox.ts';

type OutputSink = (stream: 'stdout' | 'stderr', text: string) => void;

/** What a cell has printed so far: all that is left of it when the run stops its code. */
export class CellOutput {
	readonly #printed = { stdout: '', stderr: '' };
	/** Takes printed text and passes it on. */
	readonly add: OutputSink;

	/** @param sink where the text goes as it comes; the sandbox bounds it */
	constructor(sink: OutputSink) {
		this.add = (stream, text) => {
			this.#printed[stream] += text;
			sink(stream, text);
		};
	}

	/** The result of a cell whose code was stopped. Its variables live on. @param last the result of the cell before it */
	stopped(type: string, message: string, last: CellResult | undefined, durationMs: number): CellResult {
		const { stdout, stderr } = this.#printed;
		return {
			stdout,
			stderr,
			printedCharacters: stdout.length + stderr.length,
			error: { type, message, traceback: `${type}: ${message}\n` },
			notices: [],
			changed: [],
			citations: last?.citations ?? [],
			spans: [],
			durationMs,
		};
	}
}
