/** Receives printed text piece by piece. */
export type OutputSink = (stream: 'stdout' | 'stderr', text: string) => void;

/** Streamed output of the running cell: all that is left when the cell has to be killed. */
export class StreamedOutput {
	readonly #sink: OutputSink;
	readonly #room: Record<'stdout' | 'stderr', number>;
	readonly texts = { stdout: '', stderr: '' };

	/** @param outputCharacters maximum to keep and pass on per stream */
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
