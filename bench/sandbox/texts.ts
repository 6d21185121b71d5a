import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { collectPaths } from '../../src/context/collect.ts';
import type { Context } from '../../src/core/ports/context.ts';
import type { SandboxFactory } from '../../src/core/ports/sandbox.ts';
import { median, ms, report } from '../measure.ts';
import { cell, contextOf, create, createSandboxes, isInstalled, RUNS, settle } from './support.ts';

const LINES = {
	ASCII: 'export function example(value: number): string { return String(value * 1234567); }\n',
	CJK: '日本語の文章と中文文本を混ぜた一行 with a few words of ASCII 12345\n',
	emoji: '😀😁😂🤣😃😄 and a few words of ASCII 12345\n',
} as const;
const SIZES_MB = [1, 10, 100, 300];

/** `len(context)` in a fresh sandbox against CPython reading the same file as text. */
export async function benchLoad(): Promise<void> {
	const python = isInstalled('python3') ? 'python3' : undefined;
	if (!python) console.log('    python3 is not installed: times only');
	const folder = await mkdtemp(path.join(tmpdir(), 'rlm-bench-'));
	try {
		for (const [name, line] of Object.entries(LINES)) {
			for (const megabytes of SIZES_MB) await reportLoad(name, line, megabytes, folder, python);
		}
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

async function reportLoad(
	name: string,
	line: string,
	megabytes: number,
	folder: string,
	python: string | undefined,
): Promise<void> {
	const text = line.repeat(Math.floor((megabytes * 1e6) / Buffer.byteLength(line)));
	const file = path.join(folder, 'text.txt');
	await writeFile(file, text);
	const context = await contextOf(text);
	const ours: Load[] = [];
	const theirs: number[] = [];
	for (let run = 0; run < RUNS; run++) {
		ours.push(await load(context));
		if (python) theirs.push(readTime(python, file));
	}
	const own = median(ours.map(({ time }) => time));
	const native = theirs.length === 0 ? Number.NaN : median(theirs);
	const grown = `${Math.round(median(ours.map(({ bytes }) => bytes)) / 1e6)} MB of memory`;
	const details = `${ms(own)} against ${ms(native)}; ${grown}`;
	report(`len(context) of ${megabytes} MB ${name}, over CPython`, own / native, details);
}

interface Load {
	readonly time: number;
	/** Growth of resident memory. Linear memory does not shrink, so it holds the most that was needed. */
	readonly bytes: number;
}

async function load(context: Context): Promise<Load> {
	const factory = createSandboxes();
	try {
		const sandbox = await create(factory, { contexts: [context] });
		await cell(sandbox, '1');
		await settle(600);
		const before = process.memoryUsage.rss();
		const { durationMs } = await cell(sandbox, 'len(context)');
		return { time: durationMs, bytes: process.memoryUsage.rss() - before };
	} finally {
		await factory.dispose();
	}
}

/** CPython times itself, so that its start-up does not count. */
function readTime(python: string, file: string): number {
	const code = `import sys, time
started = time.perf_counter()
with open(sys.argv[1], encoding="utf-8") as file: length = len(file.read())
print((time.perf_counter() - started) * 1000)`;
	return Number(spawnSync(python, ['-c', code, file], { encoding: 'utf8' }).stdout);
}

/** Pattern, and what it stands for. All of them find something, none of them very much. */
const PATTERNS: readonly (readonly [what: string, pattern: string, ignoreCase: boolean])[] = [
	['plain text', 'retryBudget17', false],
	['a literal with a class', 'retryBudget\\d+', false],
	['ignoring case', 'RETRYbudget17', true],
	['alternatives', 'retryBudget17|timeoutBudget23', false],
	['leading white space', '^\\s*const retryBudget17\\b', false],
	['a literal inside', '\\w+\\.retryBudget\\d+\\s*=', false],
];

/** `grep(...)` in a cell over 100 MB of files against ripgrep over the same folder. */
export async function benchGrep(): Promise<void> {
	const isComparable = isInstalled('rg');
	if (!isComparable) console.log('    rg is not installed: times only');
	const folder = await makeSources(100);
	const factory = createSandboxes();
	try {
		const context = await collectPaths([folder], { maxBytes: 200 << 20, signal: new AbortController().signal });
		for (const [what, pattern, ignoreCase] of PATTERNS) {
			await reportGrep(factory, context, folder, { what, pattern, ignoreCase, isComparable });
		}
	} finally {
		await factory.dispose();
		await rm(folder, { recursive: true, force: true });
	}
}

interface GrepCase {
	readonly what: string;
	readonly pattern: string;
	readonly ignoreCase: boolean;
	readonly isComparable: boolean;
}

async function reportGrep(factory: SandboxFactory, context: Context, folder: string, wanted: GrepCase): Promise<void> {
	const sandbox = await create(factory, { contexts: [context] });
	const ours: number[] = [];
	const theirs: number[] = [];
	const code = `r = grep(r"""${wanted.pattern}""", ignore_case=${wanted.ignoreCase ? 'True' : 'False'}, max_results=100000)`;
	for (let run = 0; run <= RUNS; run++) {
		const own = (await cell(sandbox, code)).durationMs;
		const native = wanted.isComparable ? ripgrepTime(folder, wanted) : Number.NaN;
		if (run === 0) continue;
		ours.push(own);
		theirs.push(native);
	}
	await sandbox.dispose();
	const own = median(ours);
	const native = median(theirs);
	report(`grep over 100 MB, ${wanted.what}, over rg`, own / native, `${ms(own)} against ${ms(native)}`);
}

function ripgrepTime(folder: string, { pattern, ignoreCase }: GrepCase): number {
	const startedAt = performance.now();
	const { status } = spawnSync('rg', ['-n', ...(ignoreCase ? ['-i'] : []), '-e', pattern, folder]);
	if (status !== 0) throw new Error(`rg ended with ${status}`);
	return performance.now() - startedAt;
}

async function makeSources(megabytes: number): Promise<string> {
	const folder = await mkdtemp(path.join(tmpdir(), 'rlm-bench-'));
	const fileBytes = 50_000;
	for (let index = 0; index * fileBytes < megabytes * 1e6; index++) {
		const lines: string[] = [];
		for (let length = 0, number = 0; length < fileBytes; number++) {
			const line = `\tfunction work${number}(value: number) { return state.total${index} + value * ${number}; } // note`;
			lines.push(line);
			length += line.length + 1;
		}
		if (index % 20 === 0) lines.push('  const retryBudget17 = 3;', 'self.retryBudget17 = 4;', 'let timeoutBudget23;');
		await writeFile(path.join(folder, `file${index}.ts`), lines.join('\n'));
	}
	return folder;
}
