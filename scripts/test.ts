// npm test   Runs every suite and ends with one line: N passed, N failed, N skipped. A suite that could not start or
// that ran nothing is a failure. `npm test -- unit conformance` runs only those.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

interface Counts {
	passed: number;
	failed: number;
	skipped: number;
}

const root = path.join(import.meta.dirname, '..');
/** Cases that are kept outside the repository; they run where they are. */
const sharedCases = path.join(root, '..', 'shared', 'corpus', 'conformance-cases.json');
const sharedAttempts = path.join(root, '..', 'shared', 'corpus', 'escapes.json');
/** The same cells in every run; `npm run fuzz` takes others. */
const FUZZ_SEED = '20260000';

const SUITES: Readonly<Record<string, () => Promise<Counts>>> = {
	check: async () => fromExitCode(await execute(['scripts/check.ts'])),
	unit: () => vitest('test/unit'),
	integration: () => vitest('test/integration'),
	conformance: async () => {
		const files = ['test/conformance/cases.json', ...(existsSync(sharedCases) ? [sharedCases] : [])];
		return lastLineCounts(await execute(['test/conformance/main.ts', ...files]));
	},
	escapes: async () => {
		const files = ['test/fixtures/escapes.json', 'test/escapes/attempts.json'];
		if (existsSync(sharedAttempts)) files.push(sharedAttempts);
		return lastLineCounts(await execute(['test/escapes/main.ts', ...files]));
	},
	fuzz: async () => lastLineCounts(await execute(['test/escapes/fuzz.ts', '--seed', FUZZ_SEED])),
	'vscode-current': () => vscode('current'),
	'vscode-floor': () => vscode('floor'),
};

async function vscode(host: string): Promise<Counts> {
	const install = ['scripts/vscode-host.mjs', ...(host === 'floor' ? ['floor'] : [])];
	for (const setup of [['scripts/chromium.mjs'], install]) {
		if ((await execute(setup)).code !== 0) return { passed: 0, failed: 1, skipped: 0 };
	}
	return lastLineCounts(await execute(['test/vscode/run.ts', '--host', host]));
}

async function vitest(folder: string): Promise<Counts> {
	const scratch = mkdtempSync(path.join(tmpdir(), 'rlm-test-'));
	const report = path.join(scratch, 'report.json');
	try {
		const { code } = await execute([
			...['node_modules/vitest/vitest.mjs', 'run', folder, '--reporter=default', '--reporter=json'],
			`--outputFile.json=${report}`,
		]);
		if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
		const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, 'utf8'));
		// A file that does not load, or an error outside a test, fails the command without failing a test.
		const failed = numFailedTests > 0 ? numFailedTests : code === 0 ? 0 : 1;
		return { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests };
	} finally {
		rmSync(scratch, { recursive: true, force: true });
	}
}

/** Runs a script with this Node, shows what it prints, and returns that too. */
function execute(command: readonly string[]): Promise<{ code: number; output: string }> {
	return new Promise((resolve) => {
		const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...command], {
			cwd: root,
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		let output = '';
		child.stdout.setEncoding('utf8').on('data', (text: string) => {
			output += text;
			process.stdout.write(text);
		});
		child.on('error', (error) => resolve({ code: 1, output: `${output}\n${error.message}` }));
		child.on('close', (code) => resolve({ code: code ?? 1, output }));
	});
}

/** `npm run escapes` and `npm run fuzz` have words of their own. */
const LAST_LINE =
	/(\d+) (?:passed|blocked|cells), (\d+) (?:failed|escaped|findings)(?:, (\d+) skipped|, seed \d+)?\s*$/;

function lastLineCounts({ code, output }: { code: number; output: string }): Counts {
	const last = LAST_LINE.exec(output);
	const [passed, failed, skipped] = [last?.[1], last?.[2], last?.[3]].map((count) => Number(count ?? 0));
	const counts = { passed: passed ?? 0, failed: failed ?? 0, skipped: skipped ?? 0 };
	const hasSilentlyFailed = counts.failed === 0 && (code !== 0 || counts.passed === 0);
	return hasSilentlyFailed ? { ...counts, failed: 1 } : counts;
}

function fromExitCode({ code }: { code: number }): Counts {
	return code === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(SUITES, name));
if (unknown.length > 0) {
	console.error(`Unknown suite ${unknown.join(', ')}. There are: ${Object.keys(SUITES).join(', ')}.`);
	process.exit(2);
}

const total: Counts = { passed: 0, failed: 0, skipped: 0 };
const summary: string[] = [];
for (const [name, suite] of Object.entries(SUITES)) {
	if (asked.length > 0 && !asked.includes(name)) continue;
	console.log(`\n== ${name}`);
	const counts = await suite();
	summary.push(`${name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
	total.passed += counts.passed;
	total.failed += counts.failed;
	total.skipped += counts.skipped;
}
console.log(`\n${summary.map((entry) => `   ${entry}`).join('\n')}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
