import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Maximum bytes read of a file of patterns or settings. */
const MAX_BYTES = 1 << 20;

/**
 * The patterns that git applies in all repositories of the user: the file named by `core.excludesFile` in the user's
 * configuration, else `git/ignore` in the configuration folder. Empty when there is none.
 */
export async function userGitPatterns(env: NodeJS.ProcessEnv): Promise<string> {
	const home = userHome(env);
	const folder = join(env.XDG_CONFIG_HOME || join(home, '.config'), 'git');
	const configs = env.GIT_CONFIG_GLOBAL ? [env.GIT_CONFIG_GLOBAL] : [join(folder, 'config'), join(home, '.gitconfig')];
	let named: string | undefined;
	for (const config of configs) named = excludesFile(await readText(config)) ?? named;
	if (named === undefined) return readText(join(folder, 'ignore'));
	return readText(resolve(home, named.replace(/^~(?=\/)/, home)));
}

/** Path of the user's folder, git's `~`. */
export function userHome(env: NodeJS.ProcessEnv): string {
	return env.HOME || homedir();
}

/**
 * The last `excludesFile` of the section `core`; undefined when there is none. Takes linear time, for a repository may
 * come from anybody.
 */
export function excludesFile(config: string): string | undefined {
	let section = '';
	let found: string | undefined;
	for (const line of config.split(/\r?\n/)) {
		section = /^\s*\[([^\]]*)\]/.exec(line)?.[1]?.trim().toLowerCase() ?? section;
		const value = /^\s*(?:\[core\]\s*)?excludesfile\s*=(.*)$/i.exec(line)?.[1];
		if (value !== undefined && section === 'core') found = withoutComment(value).replaceAll('"', '').trim();
	}
	return found;
}

function withoutComment(value: string): string {
	const start = value.search(/\s[#;]/);
	return start === -1 ? value : value.slice(0, start);
}

async function readText(file: string): Promise<string> {
	const text = await readFile(file, 'utf8').catch(() => '');
	return text.slice(0, MAX_BYTES);
}
