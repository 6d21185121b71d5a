import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { collectPaths } from '../src/context/collect.ts';
import { ms, report, sideBySide, timed } from './measure.ts';

const FILE_BYTES = 50_000;

/** Loading a folder as a context against reading its files one after the other, and the longest block of the event loop. */
export async function benchContextLoad(): Promise<void> {
	for (const megabytes of [1, 10, 100]) {
		const folder = await makeFolder(megabytes * 1_000_000);
		let longestBlock = 0;
		try {
			const { a, b, ratio } = await sideBySide(
				megabytes > 50 ? 3 : 7,
				async () => {
					const delay = monitorEventLoopDelay({ resolution: 1 });
					delay.enable();
					const time = await timed(() => load(folder));
					delay.disable();
					longestBlock = Math.max(longestBlock, delay.max / 1e6);
					return time;
				},
				() => timed(() => readAll(folder)),
			);
			report(`context of ${megabytes} MB: load over reading the files`, ratio, `${ms(a)} against ${ms(b)}`);
			console.log(`    longest block of the event loop while loading: ${ms(longestBlock)}`);
		} finally {
			await rm(folder, { recursive: true, force: true });
		}
	}
}

function load(folder: string): Promise<unknown> {
	return collectPaths([folder], { maxBytes: 200 << 20, signal: new AbortController().signal });
}

async function readAll(folder: string): Promise<void> {
	for (const name of await readdir(folder, { recursive: true })) {
		if (name.endsWith('.ts')) await readFile(path.join(folder, name));
	}
}

async function makeFolder(bytes: number): Promise<string> {
	const folder = await mkdtemp(path.join(tmpdir(), 'rlm-bench-'));
	const line = 'export function example(value: number): string { return String(value + 1); }\n';
	const text = line.repeat(Math.floor(FILE_BYTES / line.length));
	for (let index = 0; index * FILE_BYTES < bytes; index++) {
		const inner = path.join(folder, `part${index % 40}`);
		await mkdir(inner, { recursive: true });
		await writeFile(path.join(inner, `file${index}.ts`), text);
	}
	return folder;
}
