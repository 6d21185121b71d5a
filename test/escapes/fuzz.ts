// npm run -s fuzz -- [--seed N] [--cells N] [--deployment NAME]
// Runs random hostile cells against each deployment: 10,000 in all, most of them on worker threads, or as many as --cells
// says on each. A finding is printed with its seed: `--seed THAT --cells 1` runs the cell alone. Ends with 1 on any
// finding, and with a last line `N cells, N findings, seed N`.
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { fuzz } from './fuzzer.ts';
import { openTarget, TARGET_NAMES, type TargetName } from './targets.ts';

const CELLS: Readonly<Record<TargetName, number>> = { worker: 9000, process: 500, remote: 500 };
const USAGE = `usage: npm run -s fuzz -- [--seed N] [--cells N] [--deployment ${TARGET_NAMES.join('|')}]`;

function readArguments() {
	try {
		const options = { seed: { type: 'string' }, cells: { type: 'string' }, deployment: { type: 'string' } } as const;
		const { values } = parseArgs({ options });
		const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
		const cells = values.cells === undefined ? undefined : Number(values.cells);
		const targets = TARGET_NAMES.filter((name) => values.deployment === undefined || name === values.deployment);
		const isCount = cells === undefined || (Number.isSafeInteger(cells) && cells > 0);
		if (Number.isSafeInteger(seed) && isCount && targets.length > 0) return { seed, cells, targets };
	} catch (error) {
		console.error(String(error));
	}
	console.error(USAGE);
	return process.exit(2);
}

const { seed, cells, targets } = readArguments();
let [ran, findings] = [0, 0];

async function fuzzTarget(name: TargetName): Promise<void> {
	const started = performance.now();
	const target = await openTarget(name, { RLM_CANARY: `fuzz-canary-${randomUUID()}` });
	let reported = 0;
	const report = await fuzz(target, seed, cells ?? CELLS[name], (done) => {
		if (done - reported < 1000) return;
		reported = done;
		console.error(`${name}: ${done} cells`);
	});
	for (const { cell, problem, code } of report.findings) {
		console.log(`FOUND  ${name}: ${problem}\n${code.replace(/^/gm, '    ')}`);
		console.log(`       again: npm run -s fuzz -- --seed ${seed + cell} --cells 1 --deployment ${name}`);
	}
	const seconds = ((performance.now() - started) / 1000).toFixed(0);
	const { kills, restores, leaked } = report;
	console.log(
		`${name}: seed ${seed}, ${report.cells} cells in ${seconds} s, ${kills} kills, ${restores} restores, ` +
			`${report.findings.length} findings, ${leaked} left behind`,
	);
	ran += report.cells;
	findings += report.findings.length + Math.abs(leaked);
}

for (const name of targets) await fuzzTarget(name);
console.log(`${ran} cells, ${findings} findings, seed ${seed}`);
process.exit(findings === 0 && ran > 0 ? 0 : 1);
