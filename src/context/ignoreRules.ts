import ignore, { type Ignore } from 'ignore';
import { expandBraces } from './pathFilter.ts';

/**
 * What is excluded unless the settings switch it off: what git keeps for itself, installed packages, generated files,
 * and files that usually hold secrets.
 */
export const DEFAULT_EXCLUDE: Readonly<Record<string, boolean>> = {
	'**/.git': true,
	'**/.hg': true,
	'**/.svn': true,
	'**/node_modules': true,
	'**/__pycache__': true,
	'**/.venv': true,
	'**/package-lock.json': true,
	'**/npm-shrinkwrap.json': true,
	'**/yarn.lock': true,
	'**/pnpm-lock.yaml': true,
	'**/bun.lock': true,
	'**/Cargo.lock': true,
	'**/poetry.lock': true,
	'**/uv.lock': true,
	'**/Pipfile.lock': true,
	'**/composer.lock': true,
	'**/Gemfile.lock': true,
	'**/go.sum': true,
	'**/*.min.js': true,
	'**/*.min.css': true,
	'**/*.map': true,
	'**/.env': true,
	'**/.env.local': true,
	'**/.env.*.local': true,
	'**/.env.production': true,
	'**/.netrc': true,
	'**/.npmrc': true,
	'**/.pypirc': true,
	'**/.git-credentials': true,
	'**/*.pem': true,
	'**/*.p12': true,
	'**/*.pfx': true,
	'**/id_rsa': true,
	'**/id_dsa': true,
	'**/id_ecdsa': true,
	'**/id_ed25519': true,
};

type IgnoreFileName = '.gitignore' | '.rlmignore';

interface IgnoreFile {
	readonly name: IgnoreFileName;
	readonly depth: number;
	readonly patterns: readonly string[];
}

/**
 * Decides which paths belong to a context: `.gitignore` files (deeper ones win), then `.rlmignore` files, which may
 * take back what git ignores, then the exclude map. As in git, nothing below an excluded folder comes back.
 * Paths have `/` between folders and are relative to the outermost folder whose ignore files are added.
 */
export class IgnoreRules {
	readonly #exclude: Ignore;
	readonly #start: string;
	readonly #files: IgnoreFile[] = [];
	#matcher: Ignore | undefined;

	/**
	 * @param exclude globs to exclude, on top of the defaults; `false` switches one of these off
	 * @param start the folder that is collected; globs of the exclude map and what lies above it do not concern it
	 */
	constructor(exclude: Readonly<Record<string, boolean>> = {}, start = '') {
		const globs = Object.entries({ ...DEFAULT_EXCLUDE, ...exclude }).filter(([, isOn]) => isOn);
		this.#exclude = ignore({ ignorecase: true }).add(expandBraces(globs.map(([glob]) => glob)));
		this.#start = start === '' ? '' : `${start}/`;
	}

	/** Takes the text of an ignore file in a folder (`''` is the outermost). */
	add(folder: string, name: IgnoreFileName, text: string): void {
		const depth = folder === '' ? 0 : folder.split('/').length;
		const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
		const file = { name, depth, patterns: lines.flatMap((line) => inFolder(folder, line)) };
		const isLast = this.#files.every((other) => rank(other) <= rank(file));
		this.#files.push(file);
		// Adding to the end keeps what the matcher has cached; anything else needs a new one.
		if (isLast) this.#matcher?.add(file.patterns);
		else this.#matcher = undefined;
	}

	/** Whether a file or folder is kept. Asking about something below an ignored folder says `ignored` too. */
	decide(path: string, isFolder: boolean): 'keep' | 'ignored' {
		const asked = isFolder ? `${path}/` : path;
		const below = asked.startsWith(this.#start) ? asked.slice(this.#start.length) : '';
		if (below !== '' && this.#exclude.ignores(below)) return 'ignored';
		this.#matcher ??= this.#makeMatcher();
		return this.#matcher.ignores(asked) ? 'ignored' : 'keep';
	}

	#makeMatcher(): Ignore {
		const inOrder = [...this.#files].sort((left, right) => rank(left) - rank(right));
		return ignore({ ignorecase: false }).add(inOrder.flatMap((file) => file.patterns));
	}
}

/** The last matching rule wins, so `.rlmignore` comes after every `.gitignore` and deeper files after outer ones. */
function rank(file: IgnoreFile): number {
	return (file.name === '.rlmignore' ? 1e6 : 0) + file.depth;
}

/** A line of an ignore file as a pattern of the outermost folder. */
function inFolder(folder: string, line: string): string[] {
	if (line.trim() === '' || line.startsWith('#')) return [];
	if (folder === '') return [line];
	const sign = line.startsWith('!') ? '!' : '';
	const pattern = line.slice(sign.length);
	const prefix = `/${folder.replace(/[\\*?[\]!# ]/g, '\\$&')}/`;
	const isAnchored = pattern.trimEnd().slice(0, -1).includes('/');
	return [`${sign}${prefix}${isAnchored ? pattern.replace(/^\//, '') : `**/${pattern}`}`];
}
