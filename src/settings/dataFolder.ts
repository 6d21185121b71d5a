import { homedir } from 'node:os';
import path from 'node:path';

/**
 * The folder for data that the user's programs share, such as usage by day. The command line and the editor use the
 * same one.
 * @param env of the process: `XDG_DATA_HOME` or `LOCALAPPDATA` where they are set; a relative one means a different
 * folder wherever a program is started, and is ignored, as the XDG specification asks
 */
function userDataFolder(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string {
	const set = platform === 'win32' ? env.LOCALAPPDATA : env.XDG_DATA_HOME;
	const home = env.HOME || homedir();
	const usual = platform === 'win32' ? path.join(home, 'AppData', 'Local') : path.join(home, '.local', 'share');
	return path.join(set && path.isAbsolute(set) ? set : usual, 'rlm');
}

/** The file that remembers which configurations of folders the user has confirmed. */
export function trustFile(env: NodeJS.ProcessEnv): string {
	return path.join(userDataFolder(env), 'trusted-configurations.json');
}

/** The folder of the ledger. */
export function usageFolder(env: NodeJS.ProcessEnv): string {
	return path.join(userDataFolder(env), 'usage');
}
