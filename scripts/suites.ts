// The suites of `npm test`: what each runs, and how its result is read.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { affectedTests, changedFiles } from './affected.ts';

/** How many tests of a suite passed, failed and were skipped. */
export interface Counts {
	readonly passed: number;
	readonly failed: number;
	readonly skipped: number;
}

/** Takes what a suite prints. */
export type Print = (text: string) => void;

/** A suite. It never throws. */
export type Suite = (print: Print) => Promise<Counts>;

interface Ended {
	readonly code: number;
	readonly output: string;
}

const root = path.join(import.meta.dirname, '..');
const FAILED: Counts = { passed: 0, failed: 1, skipped: 0 };

/** Cases outside the repository; they run in place. */
const SHARED_CORPUS = path.join(root, '..', 'shared', 'corpus');
/** Cells of the fuzz on each deployment. `npm run fuzz` takes 10,000. */
const FUZZ_CELLS = '250';

export const SUITES: Readonly<Record<string, Suite>> = {
	check: async (print) => fromExitCode(await execute(['scripts/check.ts'], print)),
	unit: (print) => vitest(['test/unit'], print),
	integration: (print) => vitest(['test/integration'], print),
	models: async (print) => {
		const fetched = await execute(['scripts/models.ts', 'fetch', 'xllamacpp', 'smollm2'], print);
		return fetched.code === 0 ? vitest(['test/real', '--no-file-parallelism'], print) : FAILED;
	},
	affected,
	conformance: async (print) => {
		const files = withShared(['test/conformance/cases.json'], 'conformance-cases.json');
		return lastLineCounts(await execute(['test/conformance/main.ts', ...files], print));
	},
	escapes: async (print) => {
		const files = withShared(['test/fixtures/escapes.json', 'test/escapes/attempts.json'], 'escapes.json');
		return lastLineCounts(await execute(['test/escapes/main.ts', ...files], print));
	},
	fuzz: async (print) => {
		const command = ['test/escapes/fuzz.ts', '--seed', await seedOfCommit(), '--cells', FUZZ_CELLS];
		return lastLineCounts(await execute(command, print));
	},
	'vscode-current': (print) => vscode('current', print),
	'vscode-floor': (print) => vscode('floor', print),
};

function withShared(files: readonly string[], name: string): readonly string[] {
	const shared = path.join(SHARED_CORPUS, name);
	return existsSync(shared) ? [...files, shared] : files;
}

/** Picks the integration tests that the changes can break, nearest first, as far as time allows. */
async function affected(print: Print): Promise<Counts> {
	const changed = changedFiles(root);
	const { chosen, left } = affectedTests(root, changed);
	print(`${changed.length} files have changed; ${chosen.length} files of tests are the nearest to them\n`);
	if (left.length > 0) print(`left to npm test: ${left.map((file) => path.basename(file)).join(', ')}\n`);
	if (chosen.length === 0) return { passed: 0, failed: 0, skipped: 0 };
	const isAboutProcess = changed.some((file) => /^src\/sandbox\/(host|guest)\/process\//.test(file));
	return vitest([...chosen, ...(isAboutProcess ? [] : ['--project', 'all'])], print);
}

/** The browser is installed once: two suites that ask for it at the same moment would fight for the package manager. */
let browser: Promise<Ended> | undefined;

async function vscode(host: string, print: Print): Promise<Counts> {
	const install = ['scripts/vscode-host.mjs', ...(host === 'floor' ? ['floor'] : [])];
	browser ??= execute(['scripts/chromium.mjs'], print);
	if ((await browser).code !== 0 || (await execute(install, print)).code !== 0) return FAILED;
	return lastLineCounts(await execute(['test/vscode/run.ts', '--host', host, '--built'], print));
}

async function vitest(filters: readonly string[], print: Print): Promise<Counts> {
	const scratch = mkdtempSync(path.join(tmpdir(), 'rlm-test-'));
	const report = path.join(scratch, 'report.json');
	const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
	try {
		const { code } = await execute(['node_modules/vitest/vitest.mjs', 'run', ...filters, ...reporters], print);
		if (!existsSync(report)) return FAILED;
		const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, 'utf8'));
		// A file that does not load, or an error outside a test, fails the command without failing a test.
		const failed = numFailedTests > 0 ? numFailedTests : code === 0 ? 0 : 1;
		return { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests };
	} finally {
		rmSync(scratch, { recursive: true, force: true });
	}
}

/** Returns the seed: each commit fuzzes new cells, and the same ones when tested again. Without git, the day decides. */
async function seedOfCommit(): Promise<string> {
	const { code, output } = await run('git', ['rev-parse', 'HEAD'], () => undefined);
	const name = code === 0 ? output.trim() : new Date().toISOString().slice(0, 10);
	return String(createHash('sha256').update(name).digest().readUInt32BE() >>> 1);
}

/** Runs a script with this Node. @returns also what it printed to standard output */
function execute(command: readonly string[], print: Print): Promise<Ended> {
	return run(process.execPath, ['--disable-warning=ExperimentalWarning', ...command], print);
}

function run(program: string, args: readonly string[], print: Print): Promise<Ended> {
	return new Promise((resolve) => {
		const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
		let output = '';
		child.stdout.setEncoding('utf8').on('data', (text: string) => {
			output += text;
			print(text);
		});
		child.stderr.setEncoding('utf8').on('data', print);
		child.on('error', (error) => resolve({ code: 1, output: `${output}\n${error.message}` }));
		child.on('close', (code) => resolve({ code: code ?? 1, output }));
	});
}

/** Reads the result of `npm run escapes` and `npm run fuzz`, which have their own wording. */
const LAST_LINE =
	/(\d+) (?:passed|blocked|cells), (\d+) (?:failed|escaped|findings)(?:, (\d+) skipped|, seed \d+)?\s*$/;

/** Reads the counts from the last line of a suite's output. A suite that ran nothing has failed. */
export function lastLineCounts({ code, output }: Ended): Counts {
	const last = LAST_LINE.exec(output);
	const [passed = 0, failed = 0, skipped = 0] = [last?.[1], last?.[2], last?.[3]].map((count) => Number(count ?? 0));
	const hasSilentlyFailed = failed === 0 && (code !== 0 || passed === 0);
	return { passed, failed: hasSilentlyFailed ? 1 : failed, skipped };
}

function fromExitCode({ code }: Ended): Counts {
	return code === 0 ? { passed: 1, failed: 0, skipped: 0 } : FAILED;
}
