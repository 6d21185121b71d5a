import type { Result } from '../run/results.ts';
import { crossovers } from './crossover.ts';
import { type Contender, summarise } from './summary.ts';
import { crossoverText, FIGURE_HEADINGS, figureCells, percent, sizeText } from './texts.ts';

/** A table as rows of cells; the first row has the headings, and columns after `leftColumns` are aligned right. */
export interface TextTable {
	readonly title: string;
	readonly rows: readonly (readonly string[])[];
	readonly leftColumns: number;
}

/** The tables of a report for the terminal, and its sentences. */
export function textReport(results: readonly Result[]): {
	readonly tables: readonly TextTable[];
	readonly sentences: readonly string[];
} {
	const summary = summarise(results);
	const { contenders, kinds, sizes } = summary;
	const names = (contender: Contender) => [contender.model, contender.mode];
	const share = (figures: { accuracy: { share: number } } | undefined) =>
		figures ? percent(figures.accuracy.share) : '-';
	const tables = [
		{
			title: 'All tasks',
			rows: [
				['model', 'mode', ...FIGURE_HEADINGS],
				...contenders.map((one) => [...names(one), ...figureCells(one.all)]),
			],
			leftColumns: 2,
		},
		{
			title: 'Right by size of context',
			rows: [
				['model', 'mode', ...sizes.map(sizeText)],
				...contenders.map((one) => [...names(one), ...sizes.map((size) => share(one.bySize.get(size)))]),
			],
			leftColumns: 2,
		},
		{
			title: 'Right by kind',
			rows: [
				['kind', ...contenders.map(({ mode, model }) => (isOneModel(contenders) ? mode : `${model} ${mode}`))],
				...kinds.map((kind) => [kind, ...contenders.map((one) => share(one.byKind.get(kind)))]),
			],
			leftColumns: 1,
		},
	];
	return { tables, sentences: crossovers(summary).map(crossoverText) };
}

function isOneModel(contenders: readonly Contender[]): boolean {
	return new Set(contenders.map(({ model }) => model)).size === 1;
}
