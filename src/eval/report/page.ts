import { formatCount, formatDuration } from '../../core/figures.ts';
import type { Result } from '../run/results.ts';
import { adviceOf, adviceText } from '../verdicts/advice.ts';
import { verdictsOf } from '../verdicts/verdicts.ts';
import { intervalChart, type LineSeries, lineChart, powersOfTen, type Scale, SHARES } from './charts.ts';
import { crossovers } from './crossover.ts';
import { STYLE } from './pageStyle.ts';
import { type Contender, type Figures, type Summary, summarise } from './summary.ts';
import { element, escapeHtml, mark, picture, SERIES } from './svg.ts';
import { crossoverText, FIGURE_HEADINGS, figureCells, intervalText, percent, sizeText } from './texts.ts';

/** What the page says in sentences, where the host has other words than the English ones. */
export interface PageWords {
	/** Which model can be used for what. */
	readonly advice: readonly string[];
}

/**
 * The report as one page without scripts and without anything from elsewhere: figures, charts with the same figures as
 * tables, and the answers that were wrong.
 */
export function reportPage(results: readonly Result[], words?: PageWords): string {
	const summary = summarise(results);
	const advice = words?.advice ?? adviceOf(verdictsOf(results)).map(adviceText);
	const content = [
		heading(summary),
		listOf(advice),
		section('All tasks', 'Tokens and time are those of a run in the middle; the cost is that of all runs.', [
			allTable(summary),
			element('div', { class: 'panels' }, accuracyPanel(summary)),
		]),
		section(
			'By size of context',
			'Where a line rises above direct, a call that sees the head of the text is no longer the better way.',
			[
				listOf(crossovers(summary).map(crossoverText)),
				element(
					'div',
					{ class: 'panels' },
					modelsOf(summary)
						.map((model) => sizePanel(summary, model))
						.join(''),
				),
			],
		),
		section('By kind of task', 'Right answers. With few tasks of a kind, chance is large.', [kindTable(summary)]),
		section('Tokens, time and cost', 'Of a run in the middle, by size of context. Each step up is ten times as much.', [
			element('div', { class: 'panels' }, spendingPanels(summary)),
		]),
		wrongAnswers(results),
	].join('\n');
	const head = [
		'<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
		`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
		`<title>Evaluation</title><style>${STYLE}</style>`,
	].join('\n');
	return `<!doctype html>\n<html lang="en"><head>${head}</head><body><main>${content}</main></body></html>\n`;
}

function heading({ tasks, repeats, days, contenders, sizes }: Summary): string {
	const when = days[0] === days[1] ? days[0] : `${days[0]} to ${days[1]}`;
	const most = sizes.at(-1);
	const from =
		sizes[0] === undefined || most === undefined ? '' : `, contexts of ${sizeText(sizes[0])} to ${sizeText(most)}`;
	const ways = `${contenders.length} ${contenders.length === 1 ? 'combination' : 'combinations'} of model and mode`;
	const times = repeats > 1 ? `, each up to ${repeats} times` : '';
	const text = `${when} · ${tasks} tasks${from} · ${ways}${times}. Intervals hold the true share in 95 of 100 cases (Wilson).`;
	return `<h1>Evaluation</h1>${element('p', { class: 'soft' }, escapeHtml(text))}`;
}

function section(title: string, about: string, parts: readonly string[]): string {
	return `<section><h2>${escapeHtml(title)}</h2>${element('p', { class: 'soft' }, escapeHtml(about))}${parts.join('')}</section>`;
}

function listOf(sentences: readonly string[]): string {
	return sentences.length === 0 ? '' : `<ul>${sentences.map((text) => `<li>${escapeHtml(text)}</li>`).join('')}</ul>`;
}

/** A cell of a table: a text, or a share that shades its cell. */
type Cell = string | { readonly share: number; readonly text: string };

/** A table; the first `left` columns are names. */
function table(caption: string, headings: readonly string[], rows: readonly (readonly Cell[])[], left: number): string {
	const side = (at: number): Record<string, string> => (at < left ? { class: 'left' } : {});
	const head = headings
		.map((text, at) =>
			element('th', { scope: 'col', ...(at < left ? side(at) : { class: 'wraps' }) }, escapeHtml(text)),
		)
		.join('');
	const body = rows
		.map((cells) => {
			const written = cells.map((cell, at) => {
				if (typeof cell !== 'string')
					return element('td', { class: 'share', style: `--share:${cell.share}` }, escapeHtml(cell.text));
				return at < left
					? element('th', { scope: 'row', ...side(at) }, escapeHtml(cell))
					: element('td', {}, escapeHtml(cell));
			});
			return `<tr>${written.join('')}</tr>`;
		})
		.join('');
	const inner = `<thead><tr>${head}</tr></thead><tbody>${body}</tbody>`;
	return element(
		'div',
		{ class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
		`<table>${inner}</table>`,
	);
}

function allTable({ contenders }: Summary): string {
	const rows = contenders.map((one) => [one.model, one.mode, ...figureCells(one.all)]);
	return table('Figures of all tasks', ['model', 'mode', ...FIGURE_HEADINGS], rows, 2);
}

function modelsOf({ contenders }: Summary): readonly string[] {
	return [...new Set(contenders.map(({ model }) => model))];
}

/** A mode has the same color and shape everywhere on the page. */
function seriesOf({ contenders }: Summary, mode: string): number {
	return [...new Set(contenders.map((one) => one.mode))].indexOf(mode) % SERIES;
}

function accuracyPanel(summary: Summary): string {
	const { contenders } = summary;
	const isOneModel = modelsOf(summary).length === 1;
	const rows = contenders.map(({ mode, model, all }) => ({
		name: isOneModel ? mode : `${mode} · ${model}`,
		series: seriesOf(summary, mode),
		value: all.accuracy,
		text: intervalText(all.accuracy),
	}));
	return figure('Right answers', intervalChart('Right answers of each model and mode, with intervals', rows), '');
}

function figure(title: string, chart: string, figures: string): string {
	const details = figures === '' ? '' : `<details><summary>Figures</summary>${figures}</details>`;
	return `<figure><h3>${escapeHtml(title)}</h3>${chart}${details}</figure>`;
}

function legend(series: readonly LineSeries[]): string {
	const items = series.map(({ name, series: number }) => {
		return `<li>${picture(14, 14, '', mark(number, 7, 7, name))}${escapeHtml(name)}</li>`;
	});
	return `<ul class="legend">${items.join('')}</ul>`;
}

/** Lines by size of context for the modes of one model. */
function bySize(
	{ sizes }: Summary,
	contenders: readonly Contender[],
	seriesIndex: (mode: string) => number,
	pointOf: (figures: Figures) => {
		readonly value: number;
		readonly low?: number;
		readonly high?: number;
		readonly text: string;
	},
): readonly LineSeries[] {
	return contenders.map(({ mode, bySize: figures }) => ({
		name: mode,
		series: seriesIndex(mode),
		points: sizes.flatMap((size, column) => {
			const found = figures.get(size);
			if (!found) return [];
			const { text, ...point } = pointOf(found);
			return [{ column, ...point, text: `${sizeText(size)}: ${text}` }];
		}),
	}));
}

function sizePanel(summary: Summary, model: string): string {
	const own = summary.contenders.filter((one) => one.model === model);
	const index = (mode: string) => seriesOf(summary, mode);
	const series = bySize(summary, own, index, ({ accuracy }) => ({
		value: accuracy.share,
		low: accuracy.low,
		high: accuracy.high,
		text: intervalText(accuracy),
	}));
	const rows = own.map(({ mode, bySize: figures }) => [
		mode,
		...summary.sizes.map((size) => {
			const found = figures.get(size);
			return found ? `${intervalText(found.accuracy)} of ${found.tasks}` : '-';
		}),
	]);
	const columns = summary.sizes.map(sizeText);
	const chart = lineChart(`Right answers of ${model} by size of context`, columns, series, SHARES);
	return figure(
		model,
		legend(series) + chart,
		table(`Right answers of ${model} by size`, ['mode', ...columns], rows, 1),
	);
}

function kindTable(summary: Summary): string {
	const { contenders, kinds } = summary;
	const isOneModel = modelsOf(summary).length === 1;
	const headings = ['kind', ...contenders.map(({ mode, model }) => (isOneModel ? mode : `${mode} · ${model}`))];
	const rows = kinds.map((kind) => [
		kind,
		...contenders.map(({ byKind }): Cell => {
			const found = byKind.get(kind);
			return found ? { share: found.accuracy.share, text: `${percent(found.accuracy.share)} of ${found.tasks}` } : '-';
		}),
	]);
	return table('Right answers by kind', headings, rows, 1);
}

/** What one figure of spending is called, and how it is written. */
interface Spending {
	readonly title: string;
	readonly figureOf: (figures: Figures) => number;
	readonly textOf: (value: number) => string;
	/** The same on the scale, where there is little room. */
	readonly tickOf: (value: number) => string;
}

const tokens = (value: number) => formatCount(Math.round(value));
const shortTime = (ms: number) => (ms < 1000 ? `${ms} ms` : `${ms / 1000} s`);
const dollars = (value: number) => `$${Number(value.toPrecision(2))}`;
const SPENDINGS: readonly Spending[] = [
	{ title: 'Tokens', figureOf: ({ medianTokens }) => medianTokens, textOf: tokens, tickOf: tokens },
	{ title: 'Time', figureOf: ({ medianMs }) => medianMs, textOf: formatDuration, tickOf: shortTime },
	{
		title: 'Cost of a run',
		figureOf: ({ costUsd = 0, runs }) => costUsd / Math.max(1, runs),
		textOf: dollars,
		tickOf: dollars,
	},
];

function spendingPanels(summary: Summary): string {
	const panels = modelsOf(summary).flatMap((model) => {
		const own = summary.contenders.filter((one) => one.model === model);
		return SPENDINGS.flatMap((spending) => {
			const values = own.flatMap(({ bySize: figures }) => [...figures.values()].map(spending.figureOf));
			return values.some((value) => value > 0) ? [spendingPanel(summary, own, spending, values)] : [];
		});
	});
	return panels.join('');
}

function spendingPanel(
	summary: Summary,
	own: readonly Contender[],
	{ title, figureOf, textOf, tickOf }: Spending,
	values: readonly number[],
): string {
	const scale: Scale = powersOfTen(values, tickOf);
	const point = (figures: Figures) => ({ value: figureOf(figures), text: textOf(figureOf(figures)) });
	const series = bySize(summary, own, (mode) => seriesOf(summary, mode), point);
	const columns = summary.sizes.map(sizeText);
	const rows = own.map(({ mode, bySize: figures }) => [
		mode,
		...summary.sizes.map((size) => {
			const found = figures.get(size);
			return found ? textOf(figureOf(found)) : '-';
		}),
	]);
	const name = modelsOf(summary).length === 1 ? title : `${title} · ${own[0]?.model ?? ''}`;
	const chart = lineChart(`${name} by size of context`, columns, series, scale);
	return figure(name, legend(series) + chart, table(`${name} by size`, ['mode', ...columns], rows, 1));
}

/** Characters of an answer that the page shows, and answers in all. */
const SHOWN_CHARACTERS = 300;
const SHOWN_ANSWERS = 200;

function wrongAnswers(results: readonly Result[]): string {
	const wrong = results.filter(({ isCorrect, ungraded }) => !isCorrect && ungraded === undefined);
	if (wrong.length === 0) return '';
	const rows = wrong.slice(0, SHOWN_ANSWERS).map(({ task, mode, model, answer, gold, note, outcome, reason }) => {
		const said = answer.trim() === '' ? `(no answer: ${reason ?? outcome})` : answer;
		const cells = [said, gold].map((text) => element('td', { class: 'left long' }, escapeHtml(shorten(text))));
		const names = [task, mode, model].map((text) => element('td', { class: 'left' }, escapeHtml(text)));
		return `<tr>${names.join('')}${cells.join('')}${element('td', { class: 'left' }, escapeHtml(note))}</tr>`;
	});
	const headings = ['task', 'mode', 'model', 'answer', 'right would be', 'grader'];
	const head = headings.map((text) => element('th', { scope: 'col', class: 'left' }, escapeHtml(text))).join('');
	const more =
		wrong.length > rows.length ? `<p class="soft">and ${wrong.length - rows.length} more in results.jsonl</p>` : '';
	const inner = `<table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
	const region = element('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Wrong answers' }, inner);
	return `<section><h2>Wrong answers</h2><details><summary>${wrong.length} of ${results.length} runs</summary>${region}${more}</details></section>`;
}

function shorten(text: string): string {
	return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}
