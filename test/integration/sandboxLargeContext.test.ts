import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const script = join(import.meta.dirname, '../support/largeContext.ts');
const MEGABYTES = 300;
const RESIDENT_BYTES = 1.5e9;

interface Loaded {
	readonly stdout: string;
	readonly error?: string;
	readonly residentBytes: number;
}

async function load(line: string, code: string): Promise<Loaded> {
	const { stdout } = await promisify(execFile)(process.execPath, [script, line, String(MEGABYTES), code]);
	return JSON.parse(stdout) as Loaded;
}

describe('a context of 300 MB', () => {
	it.each([
		['ASCII', 'plain text of a line 0123456789 abcdefghijk'],
		['CJK', '日本語の文章と中文文本を混ぜた一行 with a few words'],
		['emoji', '😀😁😂🤣😃😄😅😆😉😊😋😎😍😘🥰😗😙'],
	])(
		'of %s is whole in Python, in less than 1.5 GB of resident memory',
		async (_name, line) => {
			const { stdout, error, residentBytes } = await load(
				line,
				`
parts = context.split("===== part")[1:]
print(len(parts), {part[part.index("\\n") + 1:].replace(${JSON.stringify(line)}, "").strip("\\n") for part in parts})
del parts
print(sum(len(files[path].encode()) for path in files) == sum(files.size(path) for path in files))
print(len(grep(${JSON.stringify(line.slice(0, 12))}, max_results=3)), grep("no such text"))`,
			);
			expect(error).toBeUndefined();
			expect(stdout).toBe("10 {''}\nTrue\n3 (nothing found)\n");
			expect(residentBytes).toBeLessThan(RESIDENT_BYTES);
		},
		240_000,
	);
});
