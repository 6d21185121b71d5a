import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectPaths, collectStream } from '../../src/context/collect.ts';
import { CorpusView } from '../../src/context/corpusView.ts';
import { CancelledError, InputError } from '../../src/core/errors.ts';

let root: string;
const signal = new AbortController().signal;
const options = { maxBytes: 1 << 20, signal };

beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), 'rlm-collect-'));
});

afterEach(async () => {
	await rm(root, { recursive: true, force: true });
});

async function write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
	for (const [path, data] of Object.entries(files)) {
		await mkdir(dirname(join(root, path)), { recursive: true });
		await writeFile(join(root, path), data);
	}
}

async function pathsOf(...inputs: string[]): Promise<string[]> {
	return (
		await collectPaths(
			inputs.map((input) => join(root, input)),
			options,
		)
	).files.map(({ path }) => path);
}

async function failure(work: Promise<unknown>): Promise<InputError> {
	const error = await work.then(
		() => undefined,
		(reason: unknown) => reason,
	);
	if (!(error instanceof InputError)) throw new Error('no InputError', { cause: error });
	return error;
}

describe('collecting a folder', () => {
	it('takes text files in order of their names and reports the rest', async () => {
		await write({
			'b.txt': 'b',
			'a/ümläut ☃.md': 'snow\r\n',
			'empty.txt': '',
			'image.png': Buffer.from([0x89, 0, 1]),
			'wide.txt': Buffer.from('\uFEFFwide', 'utf16le'),
			'latin1.txt': Buffer.from('caf\xe9', 'latin1'),
			'huge.txt': 'x'.repeat(300_000),
			'.gitignore': '*.log\n',
			'x.log': 'log',
			'.env': 'KEY=1',
			'node_modules/p/index.js': 'x',
		});
		const context = await collectPaths([root], options);
		const view = new CorpusView(context);
		const paths = ['.gitignore', 'a/ümläut ☃.md', 'b.txt', 'empty.txt', 'huge.txt', 'wide.txt'];
		expect(view.files.map(({ path }) => path)).toEqual(paths);
		expect(view.text('wide.txt')).toBe('wide');
		expect(view.text('a/ümläut ☃.md')).toBe('snow\r\n');
		expect(view.file('huge.txt')?.length).toBe(300_000);
		expect(context).toMatchObject({ kind: 'files', label: `folder ${root}` });
		expect(context.leftOut).toEqual([
			{ reason: 'secret', count: 1, examples: ['.env'] },
			{ reason: 'ignored', count: 2, examples: ['node_modules/', 'x.log'] },
			{ reason: 'binary', count: 1, examples: ['image.png'] },
			{ reason: 'not-utf8', count: 1, examples: ['latin1.txt'] },
		]);
	});

	it('obeys ignore files of the repository above it', async () => {
		await write({
			'.git/HEAD': '',
			'.gitignore': '*.gen\n/pkg/src/local\n',
			'pkg/.gitignore': '!b.gen\n',
			'pkg/src/a.gen': 'x',
			'pkg/src/b.gen': 'x',
			'pkg/src/local/c.txt': 'x',
			'pkg/src/.rlmignore': 'drop.txt\n!a.gen\n',
			'pkg/src/drop.txt': 'x',
		});
		expect(await pathsOf('pkg/src')).toEqual(['.rlmignore', 'a.gen', 'b.gen']);
	});

	it('takes a folder that git ignores when it is asked for by name', async () => {
		await write({
			'.git/HEAD': '',
			'.gitignore': 'dist/\n',
			'dist/a.js': 'x',
			'dist/.gitignore': '*.tmp',
			'dist/b.tmp': 'x',
		});
		expect(await pathsOf('dist')).toEqual(['.gitignore', 'a.js']);
	});

	it('follows no links, so loops and the world outside do not matter', async () => {
		await write({ 'in/a.txt': 'x', 'outside.txt': 'secret' });
		await symlink(root, join(root, 'in/loop'));
		await symlink(join(root, 'outside.txt'), join(root, 'in/link.txt'));
		const context = await collectPaths([join(root, 'in')], options);
		expect(context.files.map(({ path }) => path)).toEqual(['a.txt']);
		expect(context.leftOut).toEqual([{ reason: 'ignored', count: 2, examples: ['link.txt', 'loop'] }]);
	});

	it('reports what cannot be read', async () => {
		await write({ 'a.txt': 'x' });
		const server = createServer().listen(join(root, 'socket'));
		await once(server, 'listening');
		const { leftOut } = await collectPaths([root], options);
		await new Promise((resolve) => server.close(resolve));
		expect(leftOut).toEqual([{ reason: 'unreadable', count: 1, examples: ['socket'] }]);
	});
});

describe('collecting several inputs', () => {
	it('puts each below its own name', async () => {
		await write({ 'one/lib/a.ts': 'x', 'two/lib/a.ts': 'x', 'notes.md': 'x' });
		expect(await pathsOf('one/lib', 'two/lib', 'notes.md')).toEqual(['lib/a.ts', 'lib-2/a.ts', 'notes.md']);
	});

	it('takes a file once when one input lies below another', async () => {
		await write({ 'src/a.ts': 'x', 'src/core/b.ts': 'x' });
		const { files } = await collectPaths(['src', 'src/core', 'src/a.ts', join(root, 'src')], {
			...options,
			base: root,
		});
		expect(files.map(({ path }) => path)).toEqual(['src/a.ts', 'src/core/b.ts']);
	});

	it('never gives two files the same path', async () => {
		await write({ 'here/src/a.ts': 'one', 'other/src/a.ts': 'two' });
		const base = join(root, 'here');
		for (const here of ['.', 'src']) {
			const { files } = await collectPaths([join(root, 'other/src'), here], { ...options, base });
			expect(files.map(({ path }) => path)).toEqual(['src-2/a.ts', 'src/a.ts']);
		}
	});

	it('refuses a path that is empty, such as a variable of a shell that is not set', async () => {
		expect((await failure(collectPaths([''], options))).message).toMatch(/is empty/);
	});

	it('reads a secret file that is named for somebody who is told, and for nobody else', async () => {
		await write({ '.env': 'KEY=1', 'a.txt': 'x' });
		const named: string[] = [];
		const onNamedSecret = (path: string) => named.push(path);
		const context = await collectPaths(['.env', 'a.txt'], { ...options, base: root, onNamedSecret });
		expect(context.files.map(({ path }) => path)).toEqual(['.env', 'a.txt']);
		expect(named).toEqual(['.env']);
		const { leftOut } = await collectPaths(['.env', 'a.txt'], { ...options, base: root });
		expect(leftOut).toEqual([{ reason: 'secret', count: 1, examples: ['.env'] }]);
		await symlink(join(root, '.env'), join(root, 'notes.txt'));
		expect((await failure(collectPaths(['notes.txt'], { ...options, base: root }))).message).toContain('1 secret');
		const allowed = await collectPaths(['.env'], { ...options, base: root, allowSecrets: ['.env'] });
		expect(allowed.files).toHaveLength(1);
	});

	it('makes one file a text under the path that was given', async () => {
		await write({ 'notes.md': 'hello' });
		const context = await collectPaths([join(root, 'notes.md')], options);
		expect(context).toMatchObject({ kind: 'text', files: [{ path: join(root, 'notes.md'), lineCount: 1 }] });
	});
});

describe('input that cannot be used', () => {
	it('names the path that does not exist and what is like it', async () => {
		await write({ 'README.md': 'x', 'src/a.ts': 'x' });
		const error = await failure(collectPaths([join(root, 'REDME.md')], options));
		expect(error.message).toContain('REDME.md');
		expect(error.hint).toBe('Did you mean README.md?');
		expect((await failure(collectPaths([join(root, 'no/such/file')], options))).message).toContain('does not exist');
	});

	it('says what there was when no text was found', async () => {
		await write({ 'empty.txt': '' });
		expect((await failure(collectPaths([join(root, 'empty.txt')], options))).message).toContain('is empty');
		await write({ 'a.png': Buffer.from([0, 1]) });
		expect((await failure(collectPaths([root], options))).message).toContain('1 binary (a.png)');
	});

	it('says how large it is, what is largest, and what to do', async () => {
		await write({ 'big.txt': 'x'.repeat(2 << 20), 'a.txt': 'x' });
		const error = await failure(collectPaths([root], options));
		expect(error.message).toContain('big.txt (2.0 MB)');
		expect(error.hint).toContain('limits.contextBytes');
	});

	it('stops when cancelled', async () => {
		await write({ 'a.txt': 'x' });
		const aborted = AbortSignal.abort();
		await expect(collectPaths([root], { ...options, signal: aborted })).rejects.toBeInstanceOf(CancelledError);
	});
});

describe('collecting a stream', () => {
	const source = { label: 'standard input', path: 'stdin' };

	it('reads it to its end as one text', async () => {
		const pieces = [Buffer.from('grü'), Buffer.from('ße\n€').subarray(0, 5), Buffer.from('€').subarray(1)];
		const context = await collectStream(Readable.from(pieces), source, options);
		expect(context).toMatchObject({ kind: 'text', label: 'standard input' });
		expect(new CorpusView(context).text('stdin')).toBe('grüße\n€');
	});

	it('refuses an empty one, a binary one, and one that is too long', async () => {
		expect((await failure(collectStream(Readable.from([]), source, options))).message).toContain('empty');
		const binary = Readable.from([Buffer.from([0])]);
		expect((await failure(collectStream(binary, source, options))).message).toContain('binary');
		const endless = Readable.from(
			(function* () {
				for (;;) yield Buffer.alloc(1000, 'x');
			})(),
		);
		const tooLong = await failure(collectStream(endless, source, options));
		expect(tooLong.message).toContain('too large');
		expect(tooLong.hint).not.toContain('files');
	});

	it('stops when cancelled while the stream is silent', async () => {
		const silent = new Readable({ read() {} });
		const controller = new AbortController();
		const reading = collectStream(silent, source, { ...options, signal: controller.signal });
		controller.abort();
		await expect(reading).rejects.toBeInstanceOf(CancelledError);
		silent.destroy();
	});
});
