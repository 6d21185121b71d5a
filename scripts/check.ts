// npm run check   Everything that is known about the sources without running them. The steps run side by side; each prints
// what is wrong. Ends with 1 when one of them fails.
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
};

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
