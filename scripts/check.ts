// npm run check   Checks everything about the sources that needs no test run. The steps run side by side; each prints its
// findings. Exits with 1 when one of them fails.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';

const root = path.join(import.meta.dirname, '..');

/** What each step runs with this Node. */
const STEPS: Readonly<Record<string, readonly string[]>> = {
	types: ['node_modules/typescript/bin/tsc', '-b'],
	'lint and format': ['node_modules/@biomejs/biome/bin/biome', 'check', '.', '--error-on-warnings'],
	boundaries: ['scripts/boundaries.ts'],
	Python: ['scripts/checkPython.ts'],
	'dead exports, files and dependencies': ['node_modules/knip/bin/knip.js', '--no-progress', '--no-gitignore'],
	'duplicate code': duplicates(['src', 'webview', 'scripts'], { tokens: 85, lines: 5 }),
	'duplicate code in tests': duplicates(['test', 'bench'], { tokens: 100, lines: 8 }),
};

/** Finds duplicate code, ignoring comments. Fails at the first clone. */
function duplicates(folders: readonly string[], least: { tokens: number; lines: number }): readonly string[] {
	return [
		...['node_modules/jscpd/run-jscpd.js', ...folders, '--format', 'typescript,javascript,python', '--mode', 'weak'],
		...['--min-tokens', `${least.tokens}`, '--min-lines', `${least.lines}`, '--ignore', '**/fixtures/**'],
		...['--reporters', 'ai', '--exit-code', '1', '--fail-on-empty', '--no-tips'],
	];
}

/** @returns true when the step found nothing */
async function runStep([name, command]: [string, readonly string[]]): Promise<boolean> {
	const child = spawn(process.execPath, command, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
	const ended = new Promise((resolve) => child.once('close', resolve));
	const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
	console.log(`${output}${errors}check: ${name}: ${code === 0 ? 'ok' : 'failed'}`);
	return code === 0;
}

const results = await Promise.all(Object.entries(STEPS).map(runStep));
process.exit(results.every(Boolean) ? 0 : 1);
