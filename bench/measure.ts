/** Milliseconds that the work took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
	const startedAt = performance.now();
	await work();
	return performance.now() - startedAt;
}

export function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = Math.floor(sorted.length / 2);
	const upper = sorted[middle] ?? Number.NaN;
	return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Measures two things in turn, A B A B …, so that a change of the machine's speed meets both. Medians, ms. */
export async function sideBySide(
	runs: number,
	a: () => Promise<number>,
	b: () => Promise<number>,
): Promise<{ a: number; b: number; ratio: number }> {
	await a();
	await b();
	const pairs: { a: number; b: number }[] = [];
	for (let run = 0; run < runs; run++) pairs.push({ a: await a(), b: await b() });
	return {
		a: median(pairs.map((pair) => pair.a)),
		b: median(pairs.map((pair) => pair.b)),
		ratio: median(pairs.map((pair) => pair.a / pair.b)),
	};
}

/** One line of a report: what, the ratio, and the times it came from. */
export function report(what: string, ratio: number, details: string): void {
	console.log(`${what.padEnd(64)} ${ratio.toFixed(2).padStart(7)} x   (${details})`);
}

export function ms(value: number): string {
	return value < 10 ? `${value.toFixed(2)} ms` : `${Math.round(value)} ms`;
}
