// npm run package   Builds for production and packs the extension: rlm-vscode.vsix
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const steps = [
	['scripts/build.ts', '--production'],
	// The bundles hold everything, so no dependency is packed beside them.
	[
		'node_modules/@vscode/vsce/vsce',
		'package',
		'--no-dependencies',
		// There is no public repository yet that links of the README could lead to.
		'--allow-missing-repository',
		'--no-rewrite-relative-links',
		'-o',
		'rlm-vscode.vsix',
	],
];

for (const step of steps) {
	const { status } = spawnSync(process.execPath, step, { cwd: root, stdio: 'inherit' });
	if (status !== 0) process.exit(status ?? 1);
}
