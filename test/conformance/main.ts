// npm run -s conformance -- FILE…   Runs files of cases and prints a line for each that fails.

import { vaultFolder, workerScript } from '../../src/assets.ts';
import { explain } from '../../src/core/errors.ts';
import { createWorkerSandboxes } from '../../src/sandbox/host/workerSandbox.ts';
import { readCases } from './cases.ts';
import { runCase } from './runCase.ts';

const CASE_TIMEOUT_MS = 120_000;

/** Runs all cases of the files; returns how many passed, failed and were skipped. */
export async function conformance(files: readonly string[], print: (line: string) => void) {
	const sandboxes = createWorkerSandboxes({ vaultFolder, workerScript });
	const counts = { passed: 0, failed: 0, skipped: 0 };
	try {
		for (const read of (await Promise.all(files.map(readCases))).flat()) {
			if ('case' in read && (read.case.steps ?? []).length === 0) {
				counts.skipped++;
				print(`SKIP ${read.id}: it has no steps`);
				continue;
			}
			const problems = 'problem' in read ? [read.problem] : await attempt(read.case, sandboxes);
			counts[problems.length === 0 ? 'passed' : 'failed']++;
			if (problems.length > 0) print(`FAIL ${read.id}: ${problems.join('; ')}`);
		}
	} finally {
		await sandboxes.dispose();
	}
	return counts;
}

async function attempt(...[subject, sandboxes]: [Parameters<typeof runCase>[0], Parameters<typeof runCase>[1]]) {
	try {
		return await runCase(subject, sandboxes, AbortSignal.timeout(CASE_TIMEOUT_MS));
	} catch (error) {
		return [error instanceof Error ? `${error.name}: ${error.message}` : String(error)];
	}
}

async function main(files: readonly string[]): Promise<number> {
	if (files.length === 0) {
		console.error('Name a file of cases: npm run -s conformance -- FILE');
		return 2;
	}
	try {
		const { passed, failed, skipped } = await conformance(files, (line) => console.log(line));
		console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
		return failed === 0 && passed > 0 ? 0 : 1;
	} catch (error) {
		console.error(explain(error).message);
		return 2;
	}
}

if (import.meta.main) process.exit(await main(process.argv.slice(2)));
