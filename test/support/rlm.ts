import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** How the command line ended and what it printed. */
export interface CommandResult {
	readonly exitCode: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

/** How to run it. */
export interface CommandOptions {
	/** Working directory. */
	readonly cwd: string;
	/** Text for stdin, or a pipe that stays open; absent, stdin is empty and no pipe. */
	readonly stdin?: string | { readonly staysOpen: true };
	readonly env?: Readonly<Record<string, string>>;
	/** Nobody reads stderr. */
	readonly isStderrClosed?: boolean;
	/** Where stdout goes in place of a pipe. */
	readonly stdoutFd?: number;
	/** Sends a signal as soon as this appears on stderr or stdout. */
	readonly interruptAt?: { readonly text: string; readonly times: number };
}

/** Runs the command line from its sources, in a process of its own, with an environment that holds no settings. */
export async function rlm(args: readonly string[], options: CommandOptions): Promise<CommandResult> {
	const { PATH = '', SystemRoot = '' } = process.env;
	const data = { XDG_DATA_HOME: options.cwd, LOCALAPPDATA: options.cwd };
	const folders = {
		...data,
		HOME: options.cwd,
		XDG_CONFIG_HOME: options.cwd,
		APPDATA: options.cwd,
		USERPROFILE: options.cwd,
	};
	const child = spawn(process.execPath, [MAIN, ...args], {
		cwd: options.cwd,
		env: { PATH, SystemRoot, NODE_NO_WARNINGS: '1', ...folders, ...options.env },
		stdio: [options.stdin === undefined ? 'ignore' : 'pipe', options.stdoutFd ?? 'pipe', 'pipe'],
	});
	const printed = { stdout: '', stderr: '' };
	let signalsSent = 0;
	const onText = (stream: 'stdout' | 'stderr') => (text: string) => {
		printed[stream] += text;
		const { interruptAt } = options;
		if (!interruptAt || signalsSent > 0 || !`${printed.stdout}${printed.stderr}`.includes(interruptAt.text)) return;
		for (; signalsSent < interruptAt.times; signalsSent++) child.kill('SIGINT');
	};
	child.stdout?.setEncoding('utf8').on('data', onText('stdout'));
	if (options.isStderrClosed) child.stderr?.destroy();
	else child.stderr?.setEncoding('utf8').on('data', onText('stderr'));
	child.stdin?.on('error', () => {}); // a command that fails early does not read it
	if (typeof options.stdin === 'string') child.stdin?.end(options.stdin);
	const exitCode = await new Promise<number | null>((resolve, reject) => {
		child.once('error', reject);
		child.once('close', resolve);
	});
	return { exitCode, ...printed };
}
