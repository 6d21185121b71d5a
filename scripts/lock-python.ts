// node scripts/lock-python.ts LOCK [NAME==VERSION]...   Writes the named packages into scripts/LOCK.lock, with the hashes
// of their wheels, and the list of modules that prompts name. LOCK is a name in LOCKS below. Without a package
// every one that is there is looked up again. `npm run format` afterwards.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endWithAdvice, pip } from './pip.ts';
import { INTERPRETER, namedModules, normalized, readPackages } from './python-packages.ts';

/** The tools run on the machine of whoever checks. */
const MACHINES = [
	...['manylinux2014_x86_64', 'manylinux2014_aarch64', 'musllinux_1_2_x86_64', 'macosx_11_0_arm64'],
	...['macosx_10_12_x86_64', 'win_amd64', 'win_arm64'],
].map((platform) => ['--platform', platform]);
const LOCKS: Readonly<Record<string, readonly (readonly string[])[]>> = {
	'python-packages': [INTERPRETER],
	'python-tools': MACHINES,
	'official-rlm': [INTERPRETER],
	'models/xllamacpp': [
		'manylinux2014_x86_64',
		'manylinux2014_aarch64',
		'macosx_13_0_arm64',
		'macosx_13_0_x86_64',
		'win_amd64',
	].map((platform) => ['--python-version', '3.12', '--platform', platform]),
	'models/llama-server': [['--platform', 'manylinux_2_35_x86_64']],
	'models/smollm2': [[]],
	'models/qwen': [[]],
};
const modulesFile = join(import.meta.dirname, '../src/core/prompt/bundledModules.ts');

function hashesOf(requirement: string, targets: readonly (readonly string[])[]): string[] {
	const folder = mkdtempSync(join(tmpdir(), 'lock-python-'));
	try {
		for (const target of targets)
			pip(['download', '--no-deps', '--only-binary', ':all:', ...target, '--dest', folder, requirement]);
		return readdirSync(folder)
			.map((wheel) =>
				createHash('sha256')
					.update(readFileSync(join(folder, wheel)))
					.digest('hex'),
			)
			.sort();
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

function updateLock(name: string, asked: readonly string[]): void {
	const targets = LOCKS[name];
	if (targets === undefined) throw new Error(`there are the locks ${Object.keys(LOCKS).join(' and ')}`);
	const file = join(import.meta.dirname, `${name}.lock`);
	const [comment = '', ...rest] = readFileSync(file, 'utf8').split('\n');
	const entries = new Map(
		[...rest.join('\n').matchAll(/^([\w.-]+)==.*(?:\n .*)*/gm)].map(([all, key = '']) => [key, all]),
	);
	const requirements = asked.length > 0 ? asked : [...entries.values()].map((entry) => entry.split(' ')[0] ?? '');
	for (const requirement of requirements) {
		const hashes = hashesOf(requirement, targets).map((hash) => ` \\\n    --hash=sha256:${hash}`);
		entries.set(requirement.split('==')[0] ?? requirement, `${requirement}${hashes.join('')}`);
	}
	const sorted = [...entries].sort(([a], [b]) => (normalized(a) < normalized(b) ? -1 : 1)).map(([, entry]) => entry);
	writeFileSync(file, `${[comment, ...sorted].join('\n')}\n`);
}

/** The loop may import nothing outside src/core, so the names are written into a file of its own. */
function writeModules(): void {
	const names = namedModules(readPackages()).map((name) => `\t'${name}',\n`);
	const comment =
		'/** Bundled packages that Python code can import beside the standard library. Written by scripts/lock-python.ts. */';
	writeFileSync(modulesFile, `${comment}\nexport const BUNDLED_MODULES: readonly string[] = [\n${names.join('')}];\n`);
}

const [lock = '', ...requirements] = process.argv.slice(2);
try {
	updateLock(lock, requirements);
	writeModules();
} catch (error) {
	endWithAdvice(error);
}
