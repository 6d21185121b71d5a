// The entry of every npm script: what runs through it must hear what it is told.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROOT = path.join(import.meta.dirname, '../..');
/** Waits until it is asked to end, and says so. */
const WAITING = `
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => { console.log(signal); process.exit(7); });
setInterval(() => {}, 1000);
console.log('waiting');
`;

let folder: string;

/** A clone whose task `check` is the script above, with everything brought already. */
beforeAll(async () => {
	folder = await mkdtemp(path.join(tmpdir(), 'rlm-dev-'));
	await mkdir(path.join(folder, 'scripts'));
	await mkdir(path.join(folder, 'node_modules'));
	for (const file of ['scripts/dev.mjs', 'scripts/node24.mjs', '.nvmrc']) {
		await copyFile(path.join(ROOT, file), path.join(folder, file));
	}
	const lock = path.join(folder, 'package-lock.json');
	await writeFile(lock, '{}');
	await writeFile(
		path.join(folder, 'node_modules/.installed'),
		createHash('sha256').update('package-lock.json').update('{}').digest('hex'),
	);
	await writeFile(path.join(folder, 'scripts/check.ts'), WAITING);
});

afterAll(async () => {
	await rm(folder, { recursive: true });
});

it.each(['SIGINT', 'SIGTERM'] as const)(
	'hands %s on, waits, and ends with the exit code of the task',
	async (signal) => {
		const child = spawn(process.execPath, [path.join(folder, 'scripts/dev.mjs'), 'check'], {
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		const { exitCode, printed } = await endedBy(child, signal);
		expect({ exitCode, printed }).toEqual({ exitCode: 7, printed: `waiting\n${signal}\n` });
	},
);

async function endedBy(
	child: ChildProcess,
	signal: NodeJS.Signals,
): Promise<{ exitCode: number | null; printed: string }> {
	let printed = '';
	child.stdout?.setEncoding('utf8').on('data', (text: string) => {
		printed += text;
		if (text.includes('waiting')) child.kill(signal);
	});
	const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
	return { exitCode, printed };
}
