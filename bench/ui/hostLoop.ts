import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ms } from '../measure.ts';

/** Milliseconds and MB, as the suite of the extension host measured them. */
interface Report {
	readonly p50: number;
	readonly p99: number;
	readonly max: number;
	readonly residentMb: number;
}

/** How late the extension host's event loop is while a run makes 1,000 sub-calls, the panel open. Target: p99 < 16 ms. */
export async function benchHostLoop(): Promise<void> {
	const folder = mkdtempSync(path.join(tmpdir(), 'rlm-bench-host-'));
	const file = path.join(folder, 'loop.json');
	try {
		const script = path.join(import.meta.dirname, '../../test/vscode/run.ts');
		const command = [script, '--only', 'suites', '--grep', 'a run of 1,000 sub-calls'];
		const { status } = spawnSync(process.execPath, command, {
			stdio: ['ignore', 'ignore', 'inherit'],
			env: { ...process.env, RLM_LOOP_REPORT: file },
		});
		if (status !== 0) throw new Error(`the suite ended with ${status}`);
		const { p50, p99, max, residentMb }: Report = JSON.parse(readFileSync(file, 'utf8'));
		console.log(
			`event loop of the extension host during 1,000 sub-calls: p50 ${ms(p50)}, p99 ${ms(p99)}, max ${ms(max)}`,
		);
		console.log(`memory of the extension host afterwards: ${Math.round(residentMb)} MB resident`);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
