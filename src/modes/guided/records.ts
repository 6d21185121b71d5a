import { runCell } from '../../core/cell.ts';
import { wholeFile } from '../../core/contextSummary.ts';
import { head, type RunState } from '../../core/runState.ts';
import { tell } from '../../core/steps/step.ts';
import type { Work } from './plan.ts';

/** Characters of a record that are judged, and of all records that are fetched from the REPL. */
const [RECORD_CHARACTERS, ALL_CHARACTERS] = [2_000, 8 << 20];

/** Makes `rows`: small files as a whole, paragraphs of several lines, else the records of the text. */
const ROWS = String.raw`import json, re
small = len(files.paths) > 1 and all(files.size(p) < 4000 for p in files.paths)
rows = [{'path': p, 'text': files[p]} for p in files.paths] if small else records()
if len(files.paths) == 1 and rows and set(rows[0]) == {'line', 'text'}:
    blocks = [b for b in re.split(r'\n\s*\n', files[files.paths[0]].strip()) if b.strip()]
    if len(blocks) > 2 and len(rows) > 1.5 * len(blocks):
        rows = [{'text': b} for b in blocks]
    rows = [r for r in rows if not re.match(r'#|[^\n]*:\s*$', r['text'])]
items = json.dumps([str(r['text'] if 'text' in r else '; '.join(f'{k}: {v}' for k, v in r.items()))[:${RECORD_CHARACTERS}] for r in rows])
print(overview(rows))`;

/** Runs code that makes `rows` and prints what they look like. @returns false when it failed */
export async function makeRows(work: Work, code: string): Promise<boolean> {
	const { state } = work;
	const { error, stdout } = await runCell(state, head(state.place), code);
	if (error) tell(state, `The context could not be read as records: ${error.message}`);
	else work.rows = stdout.trim();
	return error === undefined;
}

/** The texts of the records: as the REPL makes them, without one the lines. */
export async function recordsOf(work: Work): Promise<readonly string[]> {
	const { state } = work;
	if (state.progress.lacksSandbox) return linesOf(state);
	if (!(await makeRows(work, ROWS))) return [];
	const json = await (await state.sandbox()).variableText('items', ALL_CHARACTERS, state.work);
	if (json === undefined || json.length >= ALL_CHARACTERS) return [];
	return JSON.parse(json) as string[];
}

function linesOf({ request, corpus }: RunState): string[] {
	return request.contexts.flatMap((context) => {
		if (context.kind === 'json') return [];
		return context.files.flatMap((file) => {
			if (file.length > ALL_CHARACTERS) return [];
			const lines = corpus.lines(wholeFile(file), file.length)?.split('\n') ?? [];
			return lines
				.filter((line) => line.trim() !== '' && !/^#|:\s*$/.test(line))
				.map((line) => line.slice(0, RECORD_CHARACTERS));
		});
	});
}

/** Writes the labels into `rows`. */
export async function label(
	work: Work,
	answers: readonly string[],
	labels: readonly (string | undefined)[],
): Promise<void> {
	const digits = labels.map((text) => (text === undefined ? '-' : answers.indexOf(text).toString(36))).join('');
	const code = `answers = ${JSON.stringify(answers)}
for row, digit in zip(rows, '${digits}', strict=True):
    row['label'] = None if digit == '-' else answers[int(digit, 36)]
print(overview(rows))`;
	await makeRows(work, code);
}
