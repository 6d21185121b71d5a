// Loads a large context in a process of its own: node largeContext.ts LINE MEGABYTES CODE. Prints JSON: what the cell
// printed, and the most memory that the process had resident, in bytes.

import { createSandboxes, runCell, sandboxOptions } from './sandboxes.ts';
import { neverAborted } from './signals.ts';

const [line = '', megabytes = '', code = ''] = process.argv.slice(2);
const FILES = 10;

const pattern = Buffer.from(`${line}\n`);
const lineCount = Math.floor((Number(megabytes) * 1e6) / FILES / pattern.length);
const length = lineCount * pattern.length;
const bytes = new SharedArrayBuffer(FILES * length);
Buffer.from(bytes).fill(pattern);
const files = Array.from({ length: FILES }, (_, index) => ({
	path: `part${index}.txt`,
	offset: index * length,
	length,
	lineCount,
	firstLine: 1,
}));
const contexts = [{ kind: 'files' as const, label: 'large', bytes, files, leftOut: [] }];

const factory = createSandboxes();
// The cap that a run gives a context of this size.
const memoryBytes = bytes.byteLength * 4 + (256 << 20);
const sandbox = await factory.create(sandboxOptions({ contexts, memoryBytes }), neverAborted);
const { stdout, error } = await runCell(sandbox, code, { timeoutMs: 120_000 });
const residentBytes = process.resourceUsage().maxRSS * 1024;
await factory.dispose();
console.log(JSON.stringify({ stdout, error: error?.traceback, residentBytes }));
