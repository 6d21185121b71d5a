// One entry for every npm script: brings what is missing (Node 24, packages, built files), then runs the task on
// Node 24. Plain JavaScript, because a bare machine starts it with Node 20. Progress goes to standard error.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { ensureNode24, npm, root } from './node24.mjs';

const [task = '', ...args] = process.argv.slice(2);

const TASKS = {
	rlm: () => run('dist/cli.js', args),
	demo: () => run('dist/cli.js', ['query', args[0] ?? DEMO_QUESTION, '--provider', 'builtin', '--context', 'src']),
	build: () => run('scripts/build.ts', args),
	check: () => run('scripts/check.ts', args),
	models: () => run('scripts/models.ts', args),
	format: async () =>
		(await tool('@biomejs/biome/bin/biome', ['check', '--write', '.'])) || run('scripts/checkPython.ts', ['--write']),
	settings: () => run('scripts/settings.ts', args),
	l10n: () => run('scripts/l10n.ts', args),
	test: () => run('scripts/test.ts', args),
	'test:electron': () => run('test/vscode/electron.ts', args),
	'test:quick': () => run('scripts/test.ts', ['--quick']),
	package: () => run('scripts/package.ts', args),
	conformance: () => run('test/conformance/main.ts', args),
	'replay-corpus': () => run('test/conformance/replayCorpus.ts', args),
	escapes: () => run('test/escapes/main.ts', args),
	fuzz: () => run('test/escapes/fuzz.ts', args),
	'eval:small': () => run('bench/evaluation.ts', ['small', ...args]),
	'eval:full': () => run('bench/evaluation.ts', ['full', ...args]),
	bench: () => run('bench/main.ts', args),
	'bench:sandbox': () => run('bench/sandbox.ts', args),
	'bench:ui': () => run('bench/ui.ts', args),
	screenshots: () => run('test/vscode/screenshots.ts', args),
	'fleet-picture': () => run('scripts/fleetPicture.ts', args),
	'bench:pool': () => run('bench/pool/main.ts', args),
};
const DEMO_QUESTION = 'How does the budget keep calls in flight from overshooting?';
const NEEDS_BUILD = new Set([
	'rlm',
	'demo',
	'conformance',
	'replay-corpus',
	'eval:small',
	'eval:full',
	'bench',
	'bench:sandbox',
	'bench:ui',
	'test',
	'test:quick',
	'test:electron',
	'escapes',
	'fuzz',
]);

const node = ensureNode24();
const environment = { ...process.env, PATH: `${dirname(node)}:${process.env.PATH}`, NODE_OPTIONS: '' };

if (!Object.hasOwn(TASKS, task)) {
	console.error(`Unknown task "${task}". There are: ${Object.keys(TASKS).join(', ')}.`);
	process.exit(2);
}
installPackages();
if (NEEDS_BUILD.has(task)) await buildWhenStale();
process.exit(await TASKS[task]());

/** Installs what package-lock.json says, once for each version of it. */
function installPackages() {
	const lock = fingerprint([join(root, 'package-lock.json')]);
	const stamp = join(root, 'node_modules', '.installed');
	if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
	console.error('setup: npm packages');
	npm(['ci', '--loglevel=error'], { node, env: environment });
	writeFileSync(stamp, lock);
}

/** Builds when a source is not the one that was built last. */
async function buildWhenStale() {
	const sources = fingerprint([
		...files(join(root, 'src')),
		...files(join(root, 'webview')),
		...files(join(root, 'scripts')),
		join(root, 'package-lock.json'),
	]);
	const stamp = join(root, '.cache', 'built');
	if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources && existsSync(join(root, 'dist', 'cli.js'))) return;
	console.error('setup: build');
	const status = await run('scripts/build.ts', [], ['ignore', 2, 2]);
	if (status !== 0) process.exit(status);
	mkdirSync(join(root, '.cache'), { recursive: true });
	writeFileSync(stamp, sources);
}

function files(folder) {
	return readdirSync(folder, { recursive: true })
		.map((name) => join(folder, name))
		.filter((file) => statSync(file).isFile())
		.sort();
}

function fingerprint(paths) {
	const hash = createHash('sha256');
	// Relative, so that a copy of the folder needs no second installation and no second build.
	for (const file of paths) hash.update(relative(root, file)).update(readFileSync(file));
	return hash.digest('hex');
}

/**
 * Runs a script to its end and stays until then, so that whoever waits for us or asks us to end waits for it or asks it.
 * @returns its exit code
 */
async function run(script, scriptArguments, stdio = 'inherit') {
	const child = spawn(node, ['--disable-warning=ExperimentalWarning', join(root, script), ...scriptArguments], {
		stdio,
		cwd: task === 'rlm' ? (process.env.INIT_CWD ?? process.cwd()) : root,
		env: environment,
	});
	const handOn = (signal) => {
		// A terminal sends its Ctrl+C to the script as well, to which a second one means something else.
		if (signal === 'SIGTERM' || !hasTerminal()) child.kill(signal);
	};
	for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, handOn);
	try {
		const [code, signal] = await once(child, 'close');
		return code ?? 128 + (constants.signals[signal] ?? 1);
	} finally {
		for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, handOn);
	}
}

function hasTerminal() {
	return process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
}

function tool(script, toolArguments) {
	return run(join('node_modules', script), toolArguments);
}
