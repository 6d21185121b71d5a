import { textContext } from '../context/corpus.ts';
import { CorpusView } from '../context/corpusView.ts';
import { outline } from '../context/outline.ts';
import type { OutlineItem } from '../context/outlineItem.ts';

/** The declarations of a text; its lines may be of any shape, and the patterns that find them go over each many times. */
export async function outlineText({ path, text }: { path: string; text: string }): Promise<OutlineItem[]> {
	return outline(new CorpusView(await textContext({ label: path, path, text })), path) ?? [];
}
