/**
 * Prints how long activating the extension takes, as VS Code measures it, as one line of JSON:
 * `{ "loadCodeMs": …, "callActivateMs": …, "finishActivateMs": …, "reference": { … } }`, the reference being an extension
 * that ships with VS Code.
 *
 * `node test/vscode/activation.ts [--host current|floor] [--vsix FILE]`; progress goes to standard error.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const folder = mkdtempSync(path.join(tmpdir(), 'rlm-activation-'));
const report = path.join(folder, 'report.json');
try {
	const runner = path.join(import.meta.dirname, 'run.ts');
	const command = [runner, '--only', 'suites', '--grep', 'VS Code can tell how long', ...process.argv.slice(2)];
	const { status } = spawnSync(process.execPath, command, {
		stdio: ['ignore', 2, 2],
		env: { ...process.env, RLM_ACTIVATION_REPORT: report },
	});
	if (status === 0) console.log(readFileSync(report, 'utf8'));
	process.exitCode = status ?? 2;
} finally {
	rmSync(folder, { recursive: true, force: true });
}
