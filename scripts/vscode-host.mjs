// Brings a real VS Code server (the one that the npm package code-server carries) and the Node it wants into
// .vscode-test/, from the npm registry alone. No compiler is needed: install scripts are skipped, and the server
// does without the native modules they would build. Plain JavaScript: it also runs on Node 20.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { capture, npm, root } from './node24.mjs';

/** The releases under test: what users have now, and the oldest that `engines.vscode` of package.json allows. */
export const HOSTS = {
	current: { codeServer: '4.139.1', node: '24.21.0' },
	floor: { codeServer: '4.110.0', node: '22.22.0' },
};

const platform = { linux: 'linux', darwin: 'darwin', win32: 'win' }[process.platform];
const executable = process.platform === 'win32' ? 'node.exe' : 'bin/node';

/** Parts of the server that a test never reaches: other platforms, remote tunnels, sign-in. */
const UNUSED_MODULES = [
	'@github',
	'@microsoft/mxc-sdk',
	'@devcontainers',
	'@vscode/windows-process-tree',
	'node-pty/third_party',
	'node-pty/deps',
	'ssh2',
	'kerberos',
	'cpu-features',
];
const UNUSED_FILES = ['*.map', '*/extensions/copilot', '*/extensions/mermaid-markdown-features'];

/**
 * Installs a host if it is not there yet (10 to 15 s, 200 MB, 120 MB more for its Node).
 * Returns `{ name, node, vscode, version }`: the Node binary, the folder of the server, VS Code's version.
 */
export function ensureHost(name) {
	const versions = HOSTS[name];
	if (!versions) throw new Error(`unknown host ${name}; there are: ${Object.keys(HOSTS).join(', ')}`);
	const cache = join(root, '.vscode-test');
	mkdirSync(cache, { recursive: true });
	const node = ensureNode(versions.node, cache);
	const vscode = join(cache, `code-server-${versions.codeServer}`);
	if (!existsSync(vscode)) installServer(versions.codeServer, cache, vscode);
	return { name, node, vscode, version: JSON.parse(readFileSync(join(vscode, 'package.json'), 'utf8')).version };
}

/** The Node binary of that version: this one, the project's own copy, or one from the package node-<platform>-<arch>. */
function ensureNode(version, cache) {
	if (process.versions.node === version) return process.execPath;
	const shared = join(root, '.cache', `node-${version}`, executable);
	if (existsSync(shared)) return shared;
	const target = join(cache, `node-${version}`);
	if (!existsSync(target)) {
		console.error(`setup: Node.js ${version} for the test host`);
		inScratch(cache, (scratch) => {
			unpack(`node-${platform}-${process.arch}@${version}`, scratch, ['--strip-components=1', 'package/bin']);
			renameSync(join(scratch, 'unpacked'), target);
		});
	}
	return join(target, executable);
}

function installServer(version, cache, target) {
	console.error(`setup: VS Code server of code-server ${version}`);
	inScratch(cache, (scratch) => {
		const excludes = UNUSED_FILES.map((pattern) => `--exclude=${pattern}`);
		unpack(`code-server@${version}`, scratch, ['--strip-components=3', ...excludes, 'package/lib/vscode']);
		const server = join(scratch, 'unpacked');
		// Its npm-shrinkwrap.json pins everything; `npm ci` refuses that file, `npm install` follows it.
		npm(['install', '--omit=dev', '--ignore-scripts', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
			cwd: server,
		});
		trim(join(server, 'node_modules'));
		renameSync(server, target);
	});
}

function trim(modules) {
	for (const name of UNUSED_MODULES) rmSync(join(modules, name), { recursive: true, force: true });
	for (const folder of ['node-pty/prebuilds', '@vscode/ripgrep-universal/bin'].map((name) => join(modules, name))) {
		const builds = existsSync(folder) ? readdirSync(folder) : [];
		for (const build of builds.filter((name) => name !== `${process.platform}-${process.arch}`))
			rmSync(join(folder, build), { recursive: true, force: true });
	}
}

/** Fetches a package and unpacks the parts named by tar's arguments into `scratch/unpacked`. */
function unpack(spec, scratch, tarArguments) {
	npm(['pack', spec, '--pack-destination', scratch], { cwd: scratch });
	const archive = readdirSync(scratch).find((file) => file.endsWith('.tgz'));
	mkdirSync(join(scratch, 'unpacked'));
	capture('tar', ['-xzf', archive, '-C', 'unpacked', ...tarArguments], { cwd: scratch });
}

/** Gives `work` a folder beside the target, so that the last step is a rename: an install is whole or not there. */
function inScratch(cache, work) {
	const scratch = mkdtempSync(join(cache, 'tmp-'));
	try {
		work(scratch);
	} finally {
		rmSync(scratch, { recursive: true, force: true });
	}
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
	console.log(JSON.stringify(ensureHost(process.argv[2] ?? 'current'), null, '\t'));
}
