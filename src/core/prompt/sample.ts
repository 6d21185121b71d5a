import type { Context, CorpusFile, CorpusReader, TextContext } from '../ports/context.ts';

/** What the first message shows of the contexts. */
export interface Sample {
	/** One text for each context; empty where there is nothing to show. */
	readonly texts: readonly string[];
	/** Whether the texts hold everything, so that nothing is left to be looked at. */
	readonly isWhole: boolean;
}

/** A text up to this size is shown as a whole. Bytes. */
const WHOLE_BYTES = 1_000;
const HEAD_CHARACTERS = 500;
const TAIL_CHARACTERS = 200;
const HEAD_LINES = 6;
const TAIL_LINES = 2;
/** Contexts that are shown; the others are only described. */
const SHOWN_CONTEXTS = 4;
/** Files that are listed one by one. */
const LISTED_FILES = 12;
const LISTED_FOLDERS = 16;
const LISTED_ENDINGS = 8;
/** Lines of a table that are looked at. */
const TABLE_LINES = 50;
const TABLE_CHARACTERS = 20_000;
const COLUMNS = 30;

/** Shows what a person would look at first: how texts begin and end, columns of tables, folders with counts. */
export function sampleOf(contexts: readonly Context[], corpus: CorpusReader): Sample {
	const samples = contexts.slice(0, SHOWN_CONTEXTS).map((context) => sampleOfOne(context, corpus));
	const isWhole = contexts.length <= SHOWN_CONTEXTS && samples.every((sample) => sample.isWhole);
	return { texts: samples.map(({ text }) => text), isWhole };
}

function sampleOfOne(context: Context, corpus: CorpusReader): { text: string; isWhole: boolean } {
	if (context.kind === 'json') return part(context.json, 'The whole value', 'It begins');
	const [file, ...more] = context.files;
	if (!file) return { text: '', isWhole: true };
	if (more.length > 0) return { text: folders(context), isWhole: false };
	if (file.length <= WHOLE_BYTES) return part(head(file, corpus, WHOLE_BYTES), 'The whole text', 'It begins');
	const shown = [columns(file, corpus), `It begins:\n${firstLines(file, corpus)}`, ending(file, corpus)];
	return { text: shown.filter((text) => text !== '').join('\n'), isWhole: false };
}

function part(text: string, whole: string, beginning: string): { text: string; isWhole: boolean } {
	const isWhole = text.length <= WHOLE_BYTES;
	return { text: isWhole ? `${whole}:\n${text}` : `${beginning}:\n${text.slice(0, HEAD_CHARACTERS)} …`, isWhole };
}

function head(file: CorpusFile, corpus: CorpusReader, characters: number): string {
	const span = { path: file.path, startLine: file.firstLine, endLine: file.firstLine + file.lineCount - 1 };
	return (corpus.lines(span, characters) ?? '').trimEnd();
}

function firstLines(file: CorpusFile, corpus: CorpusReader): string {
	return head(file, corpus, HEAD_CHARACTERS).split('\n').slice(0, HEAD_LINES).join('\n');
}

function ending({ path, firstLine, lineCount }: CorpusFile, corpus: CorpusReader): string {
	if (lineCount <= HEAD_LINES) return '';
	const last = firstLine + lineCount - 1;
	const text = corpus.lines({ path, startLine: last - TAIL_LINES + 1, endLine: last }, 2 * TAIL_CHARACTERS) ?? '';
	return text.trim() === '' ? '' : `It ends:\n${text.trimEnd().slice(-TAIL_CHARACTERS)}`;
}

// --- Tables ----------------------------------------------------------------------------------------------------------

/** The columns of a table with what they hold; empty for other texts. */
function columns(file: CorpusFile, corpus: CorpusReader): string {
	const lines = head(file, corpus, TABLE_CHARACTERS).split('\n').slice(0, TABLE_LINES);
	const delimiter = ['\t', ';', ','].find((candidate) => isTable(lines, candidate));
	if (delimiter === undefined) return '';
	const [names = [], ...rows] = lines.slice(0, -1).map((line) => line.split(delimiter).map(unquoted));
	const described = names.slice(0, COLUMNS).map((name, index) => `${name} (${kindOf(rows.map((row) => row[index]))})`);
	return `A table. Columns: ${described.join(', ')}${names.length > COLUMNS ? ', …' : ''}.`;
}

/** A header of short different names, and lines with as many cells. Quoted cells may hold delimiters: a few may differ. */
function isTable(lines: readonly string[], delimiter: string): boolean {
	const names = (lines[0] ?? '').split(delimiter);
	if (lines.length < 4 || names.length < 2 || new Set(names).size < names.length) return false;
	if (names.some((name) => name.length > 40 || /[.!?] /.test(name))) return false;
	const fitting = lines.slice(1, -1).filter((line) => line.split(delimiter).length === names.length);
	return fitting.length >= 0.9 * (lines.length - 2);
}

function unquoted(cell: string): string {
	return cell.trim().replace(/^"(.*)"$/, '$1');
}

function kindOf(cells: readonly (string | undefined)[]): string {
	const values = cells.filter((cell) => cell !== undefined && cell !== '');
	if (values.length === 0) return 'empty';
	if (values.every((value) => /^[-+]?[\d.,]*\d$/.test(value ?? ''))) return 'number';
	const different = [...new Set(values)];
	return different.length <= 6 && different.length < values.length ? different.join(' | ') : 'text';
}

// --- Folders ---------------------------------------------------------------------------------------------------------

function folders({ files }: TextContext): string {
	if (files.length <= LISTED_FILES)
		return `Files:\n${files.map(({ path, length }) => `${path} (${length} bytes)`).join('\n')}`;
	const depth = new Set(files.map(({ path }) => folderOf(path, 1))).size > 2 ? 1 : 2;
	const byFolder = counted(files.map(({ path }) => folderOf(path, depth)));
	const shown = byFolder.slice(0, LISTED_FOLDERS).map(([folder, count]) => `${folder} (${count})`);
	const left = byFolder.length - shown.length;
	const endings = counted(files.map(({ path }) => /\.\w+$/.exec(path)?.[0] ?? 'without an ending'));
	return [
		`Folders with their files: ${shown.join(', ')}${left > 0 ? `, and ${left} more` : ''}.`,
		`Endings: ${endings
			.slice(0, LISTED_ENDINGS)
			.map(([ending, count]) => `${ending} ${count}`)
			.join(', ')}.`,
	].join('\n');
}

function folderOf(path: string, depth: number): string {
	const parts = path.split('/').slice(0, -1);
	return parts.length === 0 ? './' : `${parts.slice(0, depth).join('/')}/`;
}

/** Values with how often they occur, the most frequent first. */
function counted(values: readonly string[]): [string, number][] {
	const counts = new Map<string, number>();
	for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
	return [...counts].sort((left, right) => right[1] - left[1]);
}
