import { element, label, line, mark, picture } from './svg.ts';
import type { Interval } from './wilson.ts';

/** Natural width of a chart; two stand side by side on a desk, one on a telephone. */
const WIDTH = 440;
const LEFT = 46;
const RIGHT = 14;
const TOP = 12;

/** A row of a chart of intervals. */
export interface IntervalRow {
	readonly name: string;
	readonly series: number;
	readonly value: Interval;
	readonly text: string;
}

const ROW = 38;

/** Shares as points on a scale of 0 to 100 %, each with its interval. */
export function intervalChart(about: string, rows: readonly IntervalRow[]): string {
	const [from, to] = [8, WIDTH - RIGHT];
	const x = (share: number) => from + share * (to - from);
	const bottom = TOP + rows.length * ROW;
	const grid = [0, 0.25, 0.5, 0.75, 1].map(
		(share) =>
			line(x(share), TOP, x(share), bottom, 'grid') +
			label(x(share), bottom + 16, `${share * 100} %`, share === 0 ? 'start' : share === 1 ? 'end' : 'middle', 'tick'),
	);
	const drawn = rows.map(({ name, series, value, text }, index) => {
		const y = TOP + index * ROW + 27;
		return [
			label(from, y - 13, name, 'start', 'name'),
			label(to, y - 13, text, 'end', 'tick'),
			element('line', { x1: x(value.low), x2: x(value.high), y1: y, y2: y, class: `range series-${series}` }),
			mark(series, x(value.share), y, `${name}: ${text}`),
		].join('');
	});
	return picture(WIDTH, bottom + 24, about, [...grid, ...drawn].join(''));
}

/** A point of a line; the interval is drawn where there is one. */
interface LinePoint {
	/** Index of its column. */
	readonly column: number;
	readonly value: number;
	readonly low?: number;
	readonly high?: number;
	readonly text: string;
}

/** One line of a chart. */
export interface LineSeries {
	readonly name: string;
	readonly series: number;
	readonly points: readonly LinePoint[];
}

/** The vertical scale of a chart of lines. */
export interface Scale {
	/** Values with a line across the chart, in order; the first and the last are its ends. */
	readonly ticks: readonly number[];
	readonly textOf: (value: number) => string;
	/** Equal ratios take equal room. */
	readonly isLogarithmic: boolean;
}

const HEIGHT = 250;
const BOTTOM = 34;

/** Lines over columns, such as sizes of context. */
export function lineChart(
	about: string,
	columns: readonly string[],
	series: readonly LineSeries[],
	scale: Scale,
): string {
	const bottom = HEIGHT - BOTTOM;
	const step = (WIDTH - LEFT - RIGHT) / Math.max(1, columns.length);
	// Series stand a little apart, so that their intervals do not hide each other.
	const x = (column: number, index: number) => LEFT + step * (column + 0.5) + (index - (series.length - 1) / 2) * 6;
	const y = (value: number) => bottom - shareOf(value, scale) * (bottom - TOP);
	const grid = scale.ticks.map(
		(tick) =>
			line(LEFT, y(tick), WIDTH - RIGHT, y(tick), 'grid') +
			label(LEFT - 6, y(tick) + 4, scale.textOf(tick), 'end', 'tick'),
	);
	const names = columns.map((name, column) => label(LEFT + step * (column + 0.5), bottom + 20, name, 'middle', 'tick'));
	const drawn = series.map(({ name, series: number, points }, index) => {
		const at = points.map((point) => [x(point.column, index), y(point.value)] as const);
		const path = at
			.map(([px, py], position) => `${position === 0 ? 'M' : 'L'}${px.toFixed(1)} ${py.toFixed(1)}`)
			.join('');
		const ranges = points.map(({ column, low, high }) =>
			low === undefined || high === undefined
				? ''
				: line(x(column, index), y(low), x(column, index), y(high), `range thin series-${number}`),
		);
		const marks = points.map(({ text }, position) =>
			mark(number, at[position]?.[0] ?? 0, at[position]?.[1] ?? 0, `${name}, ${text}`),
		);
		return element('path', { d: path, class: `line series-${number}` }) + ranges.join('') + marks.join('');
	});
	return picture(WIDTH, HEIGHT, about, [...grid, ...names, ...drawn].join(''));
}

/** Where a value stands between the ends of a scale, 0 to 1. */
function shareOf(value: number, { ticks, isLogarithmic }: Scale): number {
	const [least = 0, most = 1] = [ticks[0], ticks.at(-1)];
	const clamped = Math.min(most, Math.max(least, value));
	if (most === least) return 0.5;
	if (!isLogarithmic) return (clamped - least) / (most - least);
	return Math.log(clamped / least) / Math.log(most / least);
}

/** Shares from 0 to 100 %. */
export const SHARES: Scale = {
	ticks: [0, 0.25, 0.5, 0.75, 1],
	textOf: (share) => `${share * 100} %`,
	isLogarithmic: false,
};

/** Powers of ten around all values; values of zero stand at the bottom. */
export function powersOfTen(values: readonly number[], textOf: (value: number) => string): Scale {
	const positive = values.filter((value) => value > 0);
	const first = positive.length === 0 ? 0 : Math.floor(Math.log10(Math.min(...positive)));
	const last = positive.length === 0 ? 1 : Math.max(first + 1, Math.ceil(Math.log10(Math.max(...positive))));
	return {
		ticks: Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index)),
		textOf,
		isLogarithmic: true,
	};
}
