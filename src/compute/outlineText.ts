import { textContext } from '../context/corpus.ts';
import { CorpusView } from '../context/corpusView.ts';
import { outline } from '../context/outline.ts';
import type { OutlineItem } from '../context/outlineItem.ts';

/** Finds the declarations of a text. Lines can be arbitrary, and several patterns scan each of them. */
export async function outlineText({ path, text }: { path: string; text: string }): Promise<OutlineItem[]> {
	return outline(new CorpusView(await textContext({ label: path, path, text })), path) ?? [];
}
