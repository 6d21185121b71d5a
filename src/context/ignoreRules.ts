import ignore, { type Ignore } from 'ignore';
import { boundedPattern } from './globBounds.ts';
import { expandBraces } from './pathFilter.ts';

/** Excluded unless the settings disable it: git's own files, installed packages, generated files. */
const DEFAULT_EXCLUDE: Readonly<Record<string, boolean>> = {
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
};

/** Names of a folder's ignore files. */
export const IGNORE_FILES = ['.gitignore', '.rlmignore'] as const;
export type IgnoreTexts = Partial<Readonly<Record<(typeof IGNORE_FILES)[number], string>>>;

/**
 * `keep`; `excluded` by the exclude map; `ignored` by patterns of git or of a `.rlmignore`; `untracked`: ignored only
 * by git's patterns, so it is kept if git tracks it.
 */
export type Verdict = 'keep' | 'excluded' | 'ignored' | 'untracked';

/**
 * Decides which paths of a folder belong to a context: git's patterns first (deeper files take precedence), then
 * `.rlmignore` files, which may re-include what git ignores, then the exclude map. As in git, nothing below an excluded
 * folder comes back. Each folder has its own rules, derived from those of its parent. Paths have `/` between folders
 * and are relative to the outermost folder whose ignore files count.
 */
export class IgnoreRules {
	readonly #exclude: Ignore;
	readonly #start: string;
	readonly #git: readonly string[];
	readonly #own: readonly string[];
	#all: Ignore | undefined;
	#withoutGit: Ignore | undefined;

	private constructor(exclude: Ignore, start: string, git: readonly string[], own: readonly string[]) {
		this.#exclude = exclude;
		this.#start = start;
		this.#git = git;
		this.#own = own;
	}

	/**
	 * Rules without any ignore file.
	 * @param exclude globs to exclude, on top of the defaults; `false` disables a default
	 * @param start the collected folder; globs of the exclude map do not apply above it
	 */
	static create(exclude: Readonly<Record<string, boolean>> = {}, start = ''): IgnoreRules {
		const globs = Object.entries({ ...DEFAULT_EXCLUDE, ...exclude }).filter(([, isOn]) => isOn);
		const matcher = ignore({ ignorecase: true }).add(expandBraces(globs.map(([glob]) => glob)));
		return new IgnoreRules(matcher, start === '' ? '' : `${start}/`, [], []);
	}

	/** Rules of a folder with these ignore files (`''` is the outermost). */
	within(folder: string, texts: IgnoreTexts): IgnoreRules {
		const git = patternsOf(folder, texts['.gitignore']);
		const own = patternsOf(folder, texts['.rlmignore']);
		if (git.length + own.length === 0) return this;
		return new IgnoreRules(this.#exclude, this.#start, [...this.#git, ...git], [...this.#own, ...own]);
	}

	/** Rules of a folder that is a repository: git drops the inherited patterns and starts with these. */
	inRepository(folder: string, texts: readonly string[]): IgnoreRules {
		const git = texts.flatMap((text) => patternsOf(folder, text));
		if (git.length + this.#git.length === 0) return this;
		return new IgnoreRules(this.#exclude, this.#start, git, this.#own);
	}

	/** Judges a file or folder. Everything below an ignored folder is ignored too. */
	decide(path: string, isFolder: boolean): Verdict {
		const asked = isFolder ? `${path}/` : path;
		const below = asked.startsWith(this.#start) ? asked.slice(this.#start.length) : '';
		if (below !== '' && this.#exclude.ignores(below)) return 'excluded';
		this.#all ??= ignore({ ignorecase: false }).add([...this.#git, ...this.#own]);
		if (!this.#all.ignores(asked)) return 'keep';
		this.#withoutGit ??= ignore({ ignorecase: false }).add([...this.#own]);
		return this.#withoutGit.ignores(asked) ? 'ignored' : 'untracked';
	}
}

/** Maximum of patterns read from one ignore file; people write hundreds at most. */
const MAX_PATTERNS = 5_000;

/** Converts the lines of an ignore file to patterns of the outermost folder. */
function patternsOf(folder: string, text = ''): string[] {
	const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/, MAX_PATTERNS);
	return lines.flatMap((line) => inFolder(folder, line)).flatMap(boundedPattern);
}

/** Converts a line of an ignore file to a pattern of the outermost folder. */
function inFolder(folder: string, line: string): string[] {
	if (line.trim() === '' || line.startsWith('#')) return [];
	if (folder === '') return [line];
	const sign = line.startsWith('!') ? '!' : '';
	const pattern = line.slice(sign.length);
	const prefix = `/${folder.replace(/[\\*?[\]!# ]/g, '\\$&')}/`;
	const isAnchored = pattern.trimEnd().slice(0, -1).includes('/');
	return [`${sign}${prefix}${isAnchored ? pattern.replace(/^\//, '') : `**/${pattern}`}`];
}
