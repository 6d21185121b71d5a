// Types of every project, lint, format and boundaries. Prints what is wrong and ends with 1.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const steps: readonly (readonly [string, readonly string[]])[] = [
	['types', ['node_modules/typescript/bin/tsc', '-b']],
	['lint, format, boundaries', ['node_modules/@biomejs/biome/bin/biome', 'check', '.', '--error-on-warnings']],
];

let failures = 0;
for (const [name, command] of steps) {
	const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' });
	console.log(`check: ${name}: ${status === 0 ? 'ok' : 'failed'}`);
	if (status !== 0) failures++;
}
process.exit(failures === 0 ? 0 : 1);
