// npm run -s fuzz -- [--seed N] [--cells N] [--deployment NAME]
// Runs random hostile cells against each deployment: 10,000 on workers, a tenth of that on processes, or as many as
// --cells says on each. A finding is printed with its seed: `--seed THAT --cells 1` runs the cell alone. Ends with 1 on
// any finding.
import { parseArgs } from 'node:util';
import { DEPLOYMENTS, type Deployment } from '../support/sandboxes.ts';
import { fuzz } from './fuzzer.ts';

const CELLS: Readonly<Record<Deployment, number>> = { worker: 10_000, process: 1_000 };

const { values } = parseArgs({
	options: { seed: { type: 'string' }, cells: { type: 'string' }, deployment: { type: 'string' } },
});
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
const cells = values.cells === undefined ? undefined : Number(values.cells);
if (!Number.isSafeInteger(seed) || (cells !== undefined && !(cells > 0))) {
	console.error('usage: npm run -s fuzz -- [--seed N] [--cells N] [--deployment NAME]');
	process.exit(2);
}

let findings = 0;
for (const name of Object.keys(DEPLOYMENTS) as Deployment[]) {
	if (values.deployment !== undefined && values.deployment !== name) continue;
	const started = performance.now();
	const report = await fuzz(
		DEPLOYMENTS[name](() => {}),
		seed,
		cells ?? CELLS[name],
		(done) => {
			if (done % 1000 === 0) console.error(`${name}: ${done} cells`);
		},
	);
	for (const { cell, problem, code } of report.findings) {
		console.log(`FOUND  ${name}, seed ${seed + cell}: ${problem}\n${code.replace(/^/gm, '    ')}`);
	}
	const seconds = ((performance.now() - started) / 1000).toFixed(0);
	console.log(
		`${name}: seed ${seed}, ${report.cells} cells in ${seconds} s, ${report.restarts} restarts, ` +
			`${report.findings.length} findings, ${report.leaked} interpreters left behind`,
	);
	findings += report.findings.length + report.leaked;
}
process.exit(findings === 0 ? 0 : 1);
