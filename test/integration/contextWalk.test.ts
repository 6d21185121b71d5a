import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileTree } from '../../src/context/fileTree.ts';
import { nodeFileTree } from '../../src/context/nodeFileTree.ts';
import { type WalkOptions, walk } from '../../src/context/walk.ts';
import { CancelledError } from '../../src/core/errors.ts';
import { neverAborted } from '../support/signals.ts';
import { addressOf, workspaceTree } from '../support/workspaceTree.ts';

let root: string;
const environment = { ...process.env };

beforeEach(async () => {
	root = await realpath(await mkdtemp(join(tmpdir(), 'rlm-walk-')));
	process.env.GIT_CONFIG_GLOBAL = join(root, 'gitconfig');
	await write({ gitconfig: `[core]\n\texcludesFile = ${root}/mine\n`, mine: '*.swp\n' });
});

afterEach(async () => {
	process.env = { ...environment };
	await rm(root, { recursive: true, force: true });
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
	for (const [path, text] of Object.entries(files)) {
		await mkdir(dirname(join(root, path)), { recursive: true });
		await writeFile(join(root, path), text);
	}
}

function git(...args: string[]): string {
	return execFileSync('git', ['-C', join(root, 'repo'), '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
		stdio: ['ignore', 'pipe', 'pipe'],
		encoding: 'utf8',
	});
}

/** What git sees of a repository in which nothing is tracked. */
function untracked(): string[] {
	const names = git('ls-files', '--others', '--exclude-standard');
	return names.trimEnd().split('\n').sort();
}

/** What a walk keeps and what it leaves out, sorted by reason. */
async function walked<Place>(tree: FileTree<Place>, folder: Place, options: Partial<WalkOptions<Place>> = {}) {
	const leftOut: Record<string, string[]> = {};
	const found = await walk(tree, folder, {
		exclude: {},
		allowSecrets: [],
		leaveOut: (reason, path) => {
			leftOut[reason] = [...(leftOut[reason] ?? []), path];
		},
		signal: neverAborted,
		...options,
	});
	return { kept: found.map(({ path }) => path), leftOut };
}

/** The same walk through node:fs and through the functions of a workspace. */
async function both(path: string, options: Pick<Partial<WalkOptions<never>>, 'allowSecrets' | 'exclude'> = {}) {
	const folder = join(root, path);
	const top = join(root, 'repo');
	const here = await walked(nodeFileTree, folder, { ...options, outermost: top });
	const there = await walked(workspaceTree(addressOf(top)), addressOf(folder), {
		...options,
		outermost: addressOf(top),
	});
	expect(there).toEqual(here);
	return here;
}

/** A repository with everything that has ever made two walks differ. */
async function makeTraps(): Promise<void> {
	await write({
		'repo/.gitignore': '*.log\n/sub/hidden.txt\nbuilt/\nvendor/\n',
		'repo/.rlmignore': '!vendored.log\ndrafts/\n!.env\n',
		'repo/a.txt': 'x',
		'repo/a.log': 'x',
		'repo/vendored.log': 'x',
		'repo/note.swp': 'x',
		'repo/local.txt': 'x',
		'repo/built/tracked.js': 'x',
		'repo/built/deep/tracked.js': 'x',
		'repo/built/other.js': 'x',
		'repo/drafts/tracked.md': 'x',
		'repo/sub/.gitignore': '!keep.log\n',
		'repo/sub/keep.log': 'x',
		'repo/sub/hidden.txt': 'x',
		'repo/sub/plain.txt': 'x',
		'repo/sub/node_modules/p/index.js': 'x',
		'repo/vendor/lib/.gitignore': '*.tmp\n',
		'repo/vendor/lib/b.log': 'x',
		'repo/vendor/lib/b.tmp': 'x',
		'repo/vendor/other/c.txt': 'x',
		'repo/größe und maß/☃ [1] (2).md': 'x',
		'repo/back\\slash.txt': 'x',
		'repo/.env': 'x',
		'repo/.env.example': 'x',
		'repo/.aws/credentials': 'x',
		'repo/deploy/prod.tfvars': 'x',
	});
	git('init', '-q');
	await write({ 'repo/.git/info/exclude': 'local.txt\n' });
	git('add', '-f', 'a.txt', 'built/tracked.js', 'built/deep/tracked.js', 'drafts/tracked.md', 'sub');
	git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},vendor/lib`);
	await write({ 'repo/vendor/lib/.git': 'gitdir: ../../.git/modules/lib\n', 'repo/.git/modules/lib/HEAD': 'x' });
	await symlink(join(root, 'repo'), join(root, 'repo/loop'));
	await symlink(join(root, 'mine'), join(root, 'repo/sub/.rlmignore'));
}

/** Of the tree of traps. */
const KEPT = [
	'.env.example',
	'.gitignore',
	'.rlmignore',
	'a.txt',
	'back\\slash.txt',
	'built/deep/tracked.js',
	'built/tracked.js',
	'größe und maß/☃ [1] (2).md',
	'sub/.gitignore',
	'sub/hidden.txt',
	'sub/keep.log',
	'sub/plain.txt',
	'vendor/lib/.gitignore',
	'vendor/lib/b.log',
	'vendored.log',
];

describe('walking a disk and walking a workspace', () => {
	it('keep and leave out the same over a tree of traps', async () => {
		await makeTraps();
		const { kept, leftOut } = await both('repo');
		expect(kept).toEqual(KEPT);
		expect(leftOut.secret).toEqual(['.aws/credentials', '.env', 'deploy/prod.tfvars']);
		expect(leftOut.ignored).toEqual([
			'.git/',
			'a.log',
			'built/other.js',
			'drafts/',
			'local.txt',
			'loop',
			'note.swp',
			'sub/.rlmignore',
			'sub/node_modules/',
			'vendor/lib/.git',
			'vendor/lib/b.tmp',
			'vendor/other/',
		]);
	});

	it('obey the ignore files above a folder inside the repository', async () => {
		await makeTraps();
		git('rm', '-q', '--cached', 'sub/hidden.txt');
		const { kept, leftOut } = await both('repo/sub');
		expect(kept).toEqual(['.gitignore', 'keep.log', 'plain.txt']);
		expect(leftOut.ignored).toContain('hidden.txt');
	});

	it.each(['.git/mine', '~/theirs', 'ROOT/theirs'])(
		'obey the patterns that the settings of the repository name in place of those of the user: %s',
		async (named) => {
			process.env.HOME = root;
			await write({ 'repo/a.txt': 'x', 'repo/a.bak': 'x', 'repo/a.swp': 'x', theirs: '*.bak\n' });
			git('init', '-q');
			await write({ 'repo/.git/mine': '*.bak\n' });
			expect((await both('repo')).kept).toEqual(['a.bak', 'a.txt']);
			git('config', 'core.excludesFile', named.replace('ROOT', root));
			expect((await both('repo')).kept).toEqual(['a.swp', 'a.txt']);
			expect(untracked()).toEqual(['a.swp', 'a.txt']);
		},
	);

	it.each(['missing', 'link', 'pipe', 'large', '/dev/zero', '//127.0.0.1/share/patterns', ''])(
		'take no patterns where the settings of the repository name what is no small plain file: %s',
		async (named) => {
			await write({ 'repo/a.txt': 'x', 'repo/a.bak': 'x', theirs: '*.bak\n' });
			git('init', '-q');
			await write({ 'repo/.git/large': '*.bak\n'.repeat(1 << 18) });
			await symlink(join(root, 'theirs'), join(root, 'repo/.git/link'));
			execFileSync('mkfifo', [join(root, 'repo/.git/pipe')]);
			git('config', 'core.excludesFile', /^(\/|$)/.test(named) ? named : `.git/${named}`);
			expect((await both('repo')).kept).toEqual(['a.bak', 'a.txt']);
		},
	);

	it('obey the ignore files of the outermost folder where there is no repository', async () => {
		await write({ 'repo/.gitignore': '*.log\n', 'repo/sub/a.log': 'x', 'repo/sub/b.txt': 'x' });
		expect((await both('repo/sub')).kept).toEqual(['b.txt']);
	});

	it('take a folder that git ignores by its own rules when it is asked for', async () => {
		await write({ 'repo/.gitignore': 'dist/\n', 'repo/dist/.gitignore': '*.tmp\n', 'repo/dist/a.js': 'x' });
		await write({ 'repo/dist/b.tmp': 'x' });
		git('init', '-q');
		expect((await both('repo/dist')).kept).toEqual(['.gitignore', 'a.js']);
	});

	it.each([2, 3, 4])('read what git tracks from an index of version %i', async (version) => {
		await write({ 'repo/.gitignore': 'out/\n' });
		for (const name of ['a', 'ab', 'abc', 'b/deep/er', 'b/deep/erlong', `c/${'n'.repeat(200)}`]) {
			await write({ [`repo/out/${name}.txt`]: 'x', [`repo/out/${name}.new`]: 'x' });
		}
		git('init', '-q');
		git('update-index', '--index-version', String(version));
		git('add', '-f', 'out/a.txt', 'out/ab.txt', 'out/abc.txt', 'out/b', 'out/c');
		// Version 3 is what git writes as soon as an entry has a flag that version 2 cannot hold.
		if (version === 3) git('add', '-fN', 'out/a.new');
		git('rm', '-q', '--cached', 'out/b/deep/er.new');
		const { kept } = await both('repo');
		expect(kept).toEqual([
			'.gitignore',
			...(version === 3 ? ['out/a.new'] : []),
			'out/a.txt',
			'out/ab.txt',
			'out/abc.txt',
			'out/b/deep/er.txt',
			'out/b/deep/erlong.new',
			'out/b/deep/erlong.txt',
			`out/c/${'n'.repeat(200)}.new`,
			`out/c/${'n'.repeat(200)}.txt`,
		]);
	});

	it('take an index that is no index for an empty one', async () => {
		await write({ 'repo/.gitignore': 'out/\n', 'repo/out/a.txt': 'x', 'repo/b.txt': 'x' });
		git('init', '-q');
		for (const index of [
			'DIRC\0\0\0\x02\xff\xff\xff\xff',
			'DIRC',
			'',
			`DIRC\0\0\0\x04\0\0\0\x01${'\xff'.repeat(99)}`,
		]) {
			await writeFile(join(root, 'repo/.git/index'), index, 'latin1');
			expect((await both('repo')).kept).toEqual(['.gitignore', 'b.txt']);
		}
	});

	it('read secret files only when they are allowed, whatever the folder says', async () => {
		await write({
			'repo/.rlmignore': '!.env\n!*.pem\n',
			'repo/.env': 'x',
			'repo/test/.env': 'x',
			'repo/test/server.pem': 'x',
			'repo/.ssh/config': 'x',
		});
		expect((await both('repo', { exclude: { '**/.env': false } })).kept).toEqual(['.rlmignore']);
		const { kept, leftOut } = await both('repo', { allowSecrets: ['test/*.pem', '/.env'] });
		expect(kept).toEqual(['.env', '.rlmignore', 'test/server.pem']);
		expect(leftOut.secret).toEqual(['.ssh/config', 'test/.env']);
	});
});

describe('a walk', () => {
	it('climbs no further than the folder of a virtual workspace', async () => {
		await write({ '.gitignore': '*\n', 'repo/.gitignore': '*.log\n', 'repo/sub/a.log': 'x', 'repo/sub/b.txt': 'x' });
		git('init', '-q');
		const top = addressOf(join(root, 'repo'), 'memfs');
		const folder = addressOf(join(root, 'repo/sub'), 'memfs');
		await rm(join(root, 'repo/.git'), { recursive: true });
		expect((await walked(workspaceTree(top), folder, { outermost: top })).kept).toEqual(['b.txt']);
	});

	it('leaves out and names what lies beyond its bounds', async () => {
		await write({ 'repo/a/b/c.txt': 'x', 'repo/d.txt': 'x', 'repo/e.txt': 'x' });
		const folder = join(root, 'repo');
		const shallow = { bounds: { entries: 100, depth: 1, durationMs: 60_000 } };
		expect((await walked(nodeFileTree, folder, shallow)).leftOut).toEqual({ 'over-limit': ['a/b/'] });
		const small = await walked(nodeFileTree, folder, { bounds: { entries: 4, depth: 9, durationMs: 60_000 } });
		expect(small).toEqual({ kept: ['a/b/c.txt', 'd.txt'], leftOut: { 'over-limit': ['e.txt'] } });
	});

	it('tells sockets as unreadable', async () => {
		await write({ 'repo/a.txt': 'x' });
		const server = createServer().listen(join(root, 'repo/socket'));
		await once(server, 'listening');
		const { leftOut } = await walked(nodeFileTree, join(root, 'repo'));
		await new Promise((resolve) => server.close(resolve));
		expect(leftOut).toEqual({ unreadable: ['socket'] });
	});

	it('ends when it is cancelled on its way', async () => {
		for (let index = 0; index < 20; index++) await write({ [`repo/${index}/a.txt`]: 'x' });
		const controller = new AbortController();
		const walking = walked(nodeFileTree, join(root, 'repo'), {
			onFolder: () => controller.abort(),
			signal: controller.signal,
		});
		await expect(walking).rejects.toBeInstanceOf(CancelledError);
	});
});
