import { BUNDLED_MODULES } from '../../src/core/prompt/bundledModules.ts';
import { median, ms, report } from '../measure.ts';
import { cell, create, createSandboxes, measuredInside, RUNS } from './support.ts';

/** Packages whose work is in a module of its own, which the first import leaves out. */
const WORKING_PART: Readonly<Record<string, string>> = {
	dateutil: 'dateutil.parser',
	packaging: 'packaging.requirements',
};
const TARGET_MS = 30;

/** The first import of each bundled package in a fresh sandbox. */
export async function benchImports(): Promise<void> {
	const times = new Map<string, number[]>();
	const factory = createSandboxes();
	try {
		for (let run = 0; run < RUNS; run++) {
			for (const module of BUNDLED_MODULES) {
				const name = WORKING_PART[module] ?? module;
				const sandbox = await create(factory);
				await cell(sandbox, 'import time');
				const code = `t = time.perf_counter()\nimport ${name}\nprint([(time.perf_counter() - t) * 1000])`;
				times.set(name, [...(times.get(name) ?? []), ...(await measuredInside(sandbox, code))]);
				await sandbox.dispose();
			}
		}
	} finally {
		await factory.dispose();
	}
	const medians = [...times].map(([name, values]) => ({ name, time: median(values) })).sort((a, b) => b.time - a.time);
	const slowest = medians[0]?.time ?? Number.NaN;
	const details = medians.map(({ name, time }) => `${name} ${ms(time)}`).join(', ');
	report(`slowest first import of a bundled package, over ${TARGET_MS} ms`, slowest / TARGET_MS, details);
}
