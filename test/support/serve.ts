import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** `rlm serve` in a process of its own. */
export interface ServeProcess {
	readonly url: string;
	/** What it has printed on stderr so far. */
	stderr(): string;
	/** Sends a signal. @returns the exit code */
	end(signal: 'SIGINT' | 'SIGTERM'): Promise<number | null>;
}

/** Starts it on any free port and waits until it listens. @throws with its stderr when it ends instead */
export async function startServe(
	args: readonly string[],
	options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<ServeProcess> {
	const { PATH = '' } = process.env;
	const folders = { HOME: options.cwd, XDG_CONFIG_HOME: options.cwd };
	const child = spawn(process.execPath, [MAIN, 'serve', '--port', '0', ...args], {
		cwd: options.cwd,
		env: { PATH, NODE_NO_WARNINGS: '1', ...folders, ...options.env },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	let stderr = '';
	child.stderr.setEncoding('utf8').on('data', (text: string) => {
		stderr += text;
	});
	const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
	const url = await Promise.race([
		listening(child),
		ended.then((code) => Promise.reject(new Error(`rlm serve ended with ${code}: ${stderr}`))),
	]);
	return {
		url,
		stderr: () => stderr,
		end(signal) {
			child.kill(signal);
			return ended;
		},
	};
}

function listening({ stdout }: ChildProcess): Promise<string> {
	return new Promise((resolve) => {
		stdout?.setEncoding('utf8').on('data', (text: string) => {
			const url = /^rlm service on (\S+)$/m.exec(text)?.[1];
			if (url !== undefined) resolve(url);
		});
	});
}
