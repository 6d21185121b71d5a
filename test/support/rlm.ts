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
	/** Options of Node itself. */
	readonly node?: readonly string[];
	/** Nobody reads stderr. */
	readonly isStderrClosed?: boolean;
	/** Where stdout goes in place of a pipe. */
	readonly stdoutFd?: number;
	/** Sends a signal as soon as this appears on stderr or stdout. */
	readonly interruptAt?: { readonly text: string; readonly times: number };
}

/**
 * Runs the command line from its sources, in a process of its own, with an environment that holds no settings. A question
 * that names no mode is explored: its context is small, and would be read directly.
 */
export async function rlm(args: readonly string[], options: CommandOptions): Promise<CommandResult> {
	const child = spawn(process.execPath, [...(options.node ?? []), MAIN, ...args, ...modeFor(args)], {
		cwd: options.cwd,
		env: environment(options),
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

function modeFor(args: readonly string[]): readonly string[] {
	return args[0] === 'query' && !args.includes('--mode') ? ['--mode', 'explore'] : [];
}

/** Without settings of the person who runs the tests; all folders of the user are the working directory. */
function environment({ cwd, env }: CommandOptions): Record<string, string> {
	const { PATH = '', SystemRoot = '' } = process.env;
	const data = { XDG_DATA_HOME: cwd, LOCALAPPDATA: cwd };
	const folders = { ...data, HOME: cwd, XDG_CONFIG_HOME: cwd, APPDATA: cwd, USERPROFILE: cwd };
	return { PATH, SystemRoot, NODE_NO_WARNINGS: '1', ...folders, ...env };
}

/** Passes what it reads to a program on a terminal of its own, and ends as the program does. */
const PTY = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';

/** Runs the command line on a terminal. @param options.stdin what a person types there */
export async function terminal(
	args: readonly string[],
	options: CommandOptions & { readonly stdin: string },
): Promise<{ readonly exitCode: number | null; readonly output: string }> {
	const child = spawn('python3', ['-c', PTY, process.execPath, MAIN, ...args], {
		cwd: options.cwd,
		env: { ...environment(options), TERM: 'xterm' },
		stdio: ['pipe', 'pipe', 'inherit'],
	});
	let output = '';
	child.stdout.setEncoding('utf8').on('data', (text: string) => {
		// Typed before the question, it would be lost when the question opens the terminal.
		if (!output.includes('[y/N]') && `${output}${text}`.includes('[y/N]')) child.stdin.write(options.stdin);
		output += text;
	});
	const exitCode = await new Promise<number | null>((resolve, reject) => {
		child.once('error', reject);
		child.once('close', resolve);
	});
	return { exitCode, output };
}
