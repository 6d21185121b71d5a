import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { codeOf } from '../../core/errors.ts';
import { makeFolder } from '../../node/makeFolder.ts';
import { replaceFile } from '../../node/replaceFile.ts';
import { sizeClass } from '../report/summary.ts';
import type { Result } from '../run/results.ts';

const count = v.pipe(v.number(), v.minValue(0));
const tallySchema = v.object({
	/** Size class of the contexts. Bytes. */
	bytes: count,
	tasks: count,
	/** May be a fraction when tasks were repeated. */
	right: count,
});
const verdictSchema = v.object({
	/** Day of the evaluation, as `2026-11-30`. */
	day: v.string(),
	modes: v.record(v.string(), v.array(tallySchema)),
});
const fileSchema = v.object({ version: v.literal(1), models: v.record(v.string(), verdictSchema) });

/** Right answers of a model at one size of context. */
export type Tally = v.InferOutput<typeof tallySchema>;

/** What evaluations found out about one model. */
export type Verdict = v.InferOutput<typeof verdictSchema>;

/** By `server/model`. */
export type Verdicts = Readonly<Record<string, Verdict>>;

/** Reads what is remembered; nothing when the file is missing or damaged, because an evaluation makes it anew. */
export async function readVerdicts(file: string): Promise<Verdicts> {
	try {
		const parsed = v.safeParse(fileSchema, JSON.parse(await readFile(file, 'utf8')));
		return parsed.success ? parsed.output.models : {};
	} catch (error) {
		if (error instanceof SyntaxError || codeOf(error) === 'ENOENT') return {};
		throw error;
	}
}

/**
 * Remembers what an evaluation found. Of two evaluations of a model in a mode the one with more tasks stays, of two with
 * equally many the newer.
 */
export async function rememberVerdicts(file: string, results: readonly Result[]): Promise<Verdicts> {
	const models: Record<string, Verdict> = { ...(await readVerdicts(file)) };
	for (const [model, verdict] of Object.entries(verdictsOf(results))) {
		const known = models[model];
		models[model] = known ? { day: verdict.day, modes: largerOf(known.modes, verdict.modes) } : verdict;
	}
	await makeFolder(path.dirname(file), 0o700);
	await replaceFile(file, JSON.stringify({ version: 1, models }), 0o600);
	return models;
}

/** What results say about each model that answered. */
export function verdictsOf(results: readonly Result[]): Verdicts {
	const graded = results.filter(({ ungraded, answeredBy }) => ungraded === undefined && answeredBy !== undefined);
	const byModel = Map.groupBy(graded, ({ answeredBy }) => answeredBy ?? '');
	return Object.fromEntries([...byModel].map(([model, own]) => [model, verdictOf(own)]));
}

function verdictOf(results: readonly Result[]): Verdict {
	const day = results.reduce((last, { at }) => (at > last ? at : last), '').slice(0, 10);
	const byMode = Map.groupBy(results, ({ mode }) => mode);
	return { day, modes: Object.fromEntries([...byMode].map(([mode, own]) => [mode, talliesOf(own)])) };
}

function talliesOf(results: readonly Result[]): Tally[] {
	const bySize = Map.groupBy(results, ({ bytes }) => sizeClass(bytes));
	return [...bySize]
		.map(([bytes, own]) => {
			const byTask = [...Map.groupBy(own, ({ task }) => task).values()];
			const shares = byTask.map((runs) => runs.filter(({ isCorrect }) => isCorrect).length / runs.length);
			return { bytes, tasks: byTask.length, right: shares.reduce((sum, share) => sum + share, 0) };
		})
		.sort((a, b) => a.bytes - b.bytes);
}

function largerOf(known: Verdict['modes'], found: Verdict['modes']): Verdict['modes'] {
	const kept = { ...known };
	for (const [mode, tallies] of Object.entries(found)) {
		if (tasksIn(tallies) >= tasksIn(known[mode] ?? [])) kept[mode] = tallies;
	}
	return kept;
}

/** Tasks in all size classes. */
function tasksIn(tallies: readonly Tally[]): number {
	return tallies.reduce((sum, { tasks }) => sum + tasks, 0);
}
