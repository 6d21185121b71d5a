// npm test   Runs every suite and ends with one line: N passed, N failed, N skipped. A suite that cannot start or runs
// nothing is a failure. `npm test -- unit conformance` runs only those; `npm run test:quick` runs what a change needs.
// Suites wait more than they compute, so several run side by side; each is printed as a whole when it has ended.
import { buildSuites } from './build-suites.ts';
import { type Counts, type Print, SUITES } from './suites.ts';

/**
 * Suites of one lane run one after the other, lanes side by side. The windows stand in one lane: two editors beside the
 * tests of the engine make a machine of two cores too slow for tests about time limits.
 */
const LANES: readonly (readonly string[])[] = [
	['check', 'unit', 'integration', 'conformance', 'models'],
	['vscode-current', 'vscode-floor', 'escapes', 'fuzz'],
];
const QUICK_LANES: readonly (readonly string[])[] = [['check'], ['unit', 'affected']];

/** One suite that has ended. */
interface Result {
	readonly name: string;
	readonly counts: Counts;
}

function chosenLanes(args: readonly string[]): readonly (readonly string[])[] {
	if (args.includes('--quick')) return QUICK_LANES;
	const unknown = args.filter((name) => !Object.hasOwn(SUITES, name));
	if (unknown.length > 0) {
		console.error(`Unknown suite ${unknown.join(', ')}. There are: ${Object.keys(SUITES).join(', ')}.`);
		process.exit(2);
	}
	if (args.length === 0) return LANES;
	const asked = LANES.map((lane) => lane.filter((name) => args.includes(name))).filter((lane) => lane.length > 0);
	return args.includes('affected') ? [...asked, ['affected']] : asked;
}

async function runLane(lane: readonly string[], isAlone: boolean): Promise<readonly Result[]> {
	const results: Result[] = [];
	for (const name of lane) results.push(await runSuite(name, isAlone));
	return results;
}

/** Runs a suite and prints its whole output at once, or directly when no other suite runs. */
async function runSuite(name: string, isAlone: boolean): Promise<Result> {
	const started = performance.now();
	const output: string[] = [];
	const print: Print = isAlone ? (text) => process.stdout.write(text) : (text) => output.push(text);
	console.log(`== ${name}: started`);
	const counts = (await SUITES[name]?.(print)) ?? { passed: 0, failed: 1, skipped: 0 };
	const seconds = ((performance.now() - started) / 1000).toFixed(0);
	process.stdout.write(`\n== ${name}: output\n${output.join('')}`);
	console.log(`== ${name}: ${inWords(counts)} in ${seconds} s\n`);
	return { name, counts };
}

function inWords({ passed, failed, skipped }: Counts): string {
	return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

const lanes = chosenLanes(process.argv.slice(2));
if (lanes.flat().some((name) => name.startsWith('vscode'))) await buildSuites();
const results = (await Promise.all(lanes.map((lane) => runLane(lane, lanes.length === 1)))).flat();
const sum = (part: keyof Counts) => results.reduce((total, { counts }) => total + counts[part], 0);
const total = { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
for (const { name, counts } of results) console.log(`   ${name}: ${inWords(counts)}`);
console.log(inWords(total));
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
