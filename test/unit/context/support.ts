import { filesContext } from '../../../src/context/corpus.ts';
import { CorpusView } from '../../../src/context/corpusView.ts';
import { type GrepRequest, grep } from '../../../src/context/grep.ts';

/** A view over files given as texts. */
export async function viewOf(files: Readonly<Record<string, string>>): Promise<CorpusView> {
	const entries = Object.entries(files).map(([path, text]) => ({ path, bytes: Buffer.from(text) }));
	return new CorpusView(await filesContext({ label: 'test', files: entries, leftOut: [] }));
}

/** Numbers of the lines of a text on which a pattern matches. */
export async function lines(text: string, request: Omit<GrepRequest, 'maxResults'>): Promise<number[]> {
	return grep(await viewOf({ 'a.txt': text }), { ...request, maxResults: 1000 }).matches.map(({ line }) => line);
}

/** Numbers from a seed, the same in every run (mulberry32). */
export function randomNumbers(seed: number): (below: number) => number {
	let state = seed;
	return (below) => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
	};
}
