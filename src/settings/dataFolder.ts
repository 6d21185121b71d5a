import { homedir } from 'node:os';
import path from 'node:path';

/**
 * Folder for data shared by the user's programs, such as daily usage. The command line and the editor use the same one.
 * @param env of the process: uses `XDG_DATA_HOME` or `LOCALAPPDATA` if set. A relative one would mean another folder
 * for every working directory and is ignored, as the XDG specification requires
 */
function userDataFolder(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string {
	const set = platform === 'win32' ? env.LOCALAPPDATA : env.XDG_DATA_HOME;
	const home = env.HOME || homedir();
	const usual = platform === 'win32' ? path.join(home, 'AppData', 'Local') : path.join(home, '.local', 'share');
	return path.join(set && path.isAbsolute(set) ? set : usual, 'rlm');
}

/** The file that remembers which folder configurations the user has confirmed. */
export function trustFile(env: NodeJS.ProcessEnv): string {
	return path.join(userDataFolder(env), 'trusted-configurations.json');
}

/** Folder of the ledger. */
export function usageFolder(env: NodeJS.ProcessEnv): string {
	return path.join(userDataFolder(env), 'usage');
}

/** The file that remembers what evaluations found out about the user's models. */
export function verdictsFile(env: NodeJS.ProcessEnv): string {
	return path.join(userDataFolder(env), 'evaluated-models.json');
}
