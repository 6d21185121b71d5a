/** Receives printed text piece by piece. */
export type OutputSink = (stream: 'stdout' | 'stderr', text: string) => void;

/** Printed text of the running cell, as it was streamed: all that is left when the cell has to be killed. */
export class StreamedOutput {
	readonly #sink: OutputSink;
	readonly #room: Record<'stdout' | 'stderr', number>;
	readonly texts = { stdout: '', stderr: '' };

	/** @param outputCharacters what is kept and passed on of each stream, at most */
	constructor(sink: OutputSink, outputCharacters: number) {
		this.#sink = sink;
		this.#room = { stdout: outputCharacters, stderr: outputCharacters };
	}

	add(stream: 'stdout' | 'stderr', text: string): void {
		const part = text.slice(0, this.#room[stream]);
		if (!part) return;
		this.#room[stream] -= part.length;
		this.texts[stream] += part;
		this.#sink(stream, part);
	}
}
