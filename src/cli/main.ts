#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CancelledError } from '../core/errors.ts';
import { printable } from '../core/printable.ts';
import { kindOf, SERVER_KINDS } from '../models/kinds.ts';
import { LOG_FORMATS, LOG_LEVELS } from '../node/log.ts';
import { STRATEGIES } from '../settings/choices.ts';
import { createInterrupt } from './interrupt.ts';
import { note, tell } from './output.ts';
import type { QueryOptions } from './query.ts';
import type { ReplayOptions } from './replay.ts';
import { EXIT, errorText, exitCodeOfError } from './report.ts';
import type { SandboxServerCommandOptions } from './sandboxServer.ts';
import type { ServeOptions } from './serve.ts';
import type { ServersOptions } from './servers.ts';
import type { UsageOptions } from './usage.ts';

// Parsing of arguments only. A command's own module is loaded when the command is run, so that --help is quick.

const PROVIDERS = SERVER_KINDS.filter((kind) => kindOf(kind).place !== 'editor');

type Action = (signal: AbortSignal) => Promise<number>;

function createProgram(perform: (action: Action) => Promise<void>): Command {
	const program = new Command('rlm')
		.description('Asks a question about text that is too large for a prompt.')
		.version(packageVersion())
		.exitOverride()
		.showHelpAfterError('     rlm --help lists the commands, rlm query --help the options.')
		.configureOutput({ outputError: (text, write) => write(printable(text.replace(/^error: /, 'rlm: '))) });

	program
		.command('query')
		.summary('ask a question about files, folders or piped text')
		.description('Asks a question about files, folders or piped text, and prints the answer.')
		.argument('<question>', 'what you want to know')
		.option('-c, --context <path>', 'file or folder to ask about, or - for stdin; may be repeated', collect, [])
		.option(
			'--allow-secret <glob>',
			'read files like this although they may hold secrets; may be repeated',
			collect,
			[],
		)
		.option('--config <file>', 'configuration file (default: rlm.config.json here, else the one in your config folder)')
		.option('--trust-config', 'use the rlm.config.json of this folder without asking')
		.option('--server <url>', 'use this model server instead of the configured ones')
		.addOption(new Option('--provider <kind>', 'what the server speaks (default: guessed)').choices(PROVIDERS))
		.option('--model <name>', 'model that writes the code')
		.option('--sub-model <name>', 'model that reads the pieces (default: the same)')
		.addOption(new Option('--strategy <name>', 'how calls are spread over servers').choices(STRATEGIES))
		.option('--max-iterations <n>', 'iterations at most', wholeNumber)
		.option('--max-depth <n>', '1: plain sub-calls, 2 and more: child runs', wholeNumber)
		.option('--max-calls <n>', 'sub-calls at most', wholeNumber)
		.option('--max-cost <usd>', 'US dollars at most', positiveNumber)
		.option('--timeout <seconds>', 'seconds at most', positiveNumber)
		.addOption(new Option('--json', 'print one object with the answer and the figures').conflicts('events'))
		.option('--events', 'print every event as a line of JSON')
		.option('--journal <folder>', 'write the journal of the run into this folder')
		.option('-q, --quiet', 'no progress and no summary')
		.action((question: string, options: QueryOptions) =>
			perform(async (signal) => (await import('./query.ts')).query(question, options, packageVersion(), signal)),
		);

	program
		.command('replay')
		.summary('show a run again from its journal, without any model')
		.description('Shows a run again from its journal, without any model. Exits with the code that the run had.')
		.argument('<file>', 'journal, as rlm query --journal wrote it')
		.option('--from <n>', 'begin with this iteration', wholeNumber)
		.option('--step', 'wait for Enter between iterations')
		.addOption(new Option('--json', 'print one object with the answer and the figures').conflicts('events'))
		.option('--events', 'print every event as a line of JSON')
		.action((file: string, options: ReplayOptions) =>
			perform(async (signal) => (await import('./replay.ts')).replay(file, options, signal)),
		);

	program
		.command('servers')
		.summary('show the model servers and the sandbox, and how they are')
		.description('Shows the model servers and the sandbox, and how they are. Exits with 4 when no server answers.')
		.option('--config <file>', 'configuration file')
		.option('--trust-config', 'use the rlm.config.json of this folder without asking')
		.option('--json', 'print one object with the servers and the sandbox')
		.addOption(new Option('--watch', 'refresh until Ctrl+C').conflicts('probe'))
		.option('--probe <url>', 'look at the server at this address, make a test call, and print the settings for it')
		.action((options: ServersOptions) =>
			perform(async (signal) => (await import('./servers.ts')).servers(options, signal)),
		);

	program
		.command('usage')
		.summary('show what was used of each model, by day')
		.description('Shows tokens, time and cost of the last days, by day and by model, of all programs of this user.')
		.option('--days <n>', 'days up to today (default: 7)', wholeNumber)
		.option('--json', 'print a JSON array')
		.action((options: UsageOptions) => perform(async () => (await import('./usage.ts')).usage(options)));

	program
		.command('serve')
		.summary('answer questions over HTTP')
		.description('Answers questions over HTTP until Ctrl+C. GET /openapi.json describes the routes.')
		.option('--host <address>', 'address to listen on; others than this machine need a token', '127.0.0.1')
		.option('--port <n>', 'port to listen on, 0 for any', portNumber, 8378)
		.option('--config <file>', 'configuration file')
		.option('--trust-config', 'use the rlm.config.json of this folder without asking')
		.option('--token-env <name>', 'variable that holds the token that clients have to send')
		.option('--allow-files <folder>', 'let clients name files and folders below this one')
		.option('--allow-host <name>', 'name under which clients may reach it; may be repeated', collect, [])
		.option(
			'--cors-origin <origin>',
			'web pages that may use it, like https://example.com; may be repeated',
			collect,
			[],
		)
		.option('--journal <folder>', 'write the journals of runs into this folder')
		.addOption(logLevelOption())
		.addOption(logFormatOption())
		.option('--max-runs <n>', 'runs under way at a time (default: 16)', wholeNumber)
		.option('--context-mb <n>', 'contexts that are kept, in all (default: 1024)', wholeNumber)
		.action((options: ServeOptions) =>
			perform(async (signal) => (await import('./serve.ts')).serve(options, packageVersion(), signal)),
		);

	program
		.command('sandbox-server')
		.summary('run sandboxes for other machines')
		.description(
			'Runs sandboxes for other machines until Ctrl+C. Models and their keys stay where the questions are asked.',
		)
		.option('--host <address>', 'address to listen on; others than this machine need a token', '127.0.0.1')
		.option('--port <n>', 'port to listen on, 0 for any', portNumber, 8377)
		.option('--token-env <name>', 'variable that holds a token; may be repeated, each is a tenant', collect, [])
		.addOption(logLevelOption())
		.addOption(logFormatOption())
		.option('--max-sessions <n>', 'sessions of a token (default: 16)', wholeNumber)
		.option('--max-cells <n>', 'cells of a token that run at a time (default: 16)', wholeNumber)
		.option('--memory-mb <n>', 'memory caps of the sessions of a token in all (default: 16384)', wholeNumber)
		.option('--context-mb <n>', 'texts of the sessions of a token in all (default: 1024)', wholeNumber)
		.option('--idle-seconds <n>', 'end a session in which nothing runs (default: 1800)', timerSeconds)
		.option('--lifetime-seconds <n>', 'end a session that is older (default: 14400)', timerSeconds)
		.option('--drain-seconds <n>', 'wait for sessions when the server is to end (default: 0)', timerSeconds)
		.action((options: SandboxServerCommandOptions) =>
			perform(async (signal) => (await import('./sandboxServer.ts')).sandboxServer(options, signal)),
		);
	return program;
}

function logLevelOption(): Option {
	return new Option('--log-level <level>', 'how much the log says').choices(LOG_LEVELS).default('info');
}

function logFormatOption(): Option {
	return new Option('--log-format <format>', 'log for people or for programs').choices(LOG_FORMATS).default('text');
}

function collect(value: string, previous: readonly string[]): string[] {
	return [...previous, value];
}

function wholeNumber(text: string): number {
	const value = Number(text);
	if (!/^\d+$/.test(text) || value < 1 || !Number.isSafeInteger(value)) {
		throw new InvalidArgumentError('It must be a whole number, 1 or more.');
	}
	return value;
}

function portNumber(text: string): number {
	const value = Number(text);
	if (!/^\d+$/.test(text) || value > 65_535) throw new InvalidArgumentError('It must be a port: 0 to 65535.');
	return value;
}

/** Seconds that a timer can count. */
function timerSeconds(text: string): number {
	const value = wholeNumber(text);
	if (value > 2_147_483) throw new InvalidArgumentError('It must be at most 2147483 (24 days).');
	return value;
}

function positiveNumber(text: string): number {
	const value = Number(text);
	if (text.trim() === '' || !(value > 0) || !Number.isFinite(value)) {
		throw new InvalidArgumentError('It must be a number above 0.');
	}
	return value;
}

/** From package.json, which is one folder up from the bundle and two from the source. */
function packageVersion(): string {
	const file = new URL(import.meta.url.endsWith('.ts') ? '../../package.json' : '../package.json', import.meta.url);
	const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
	return version;
}

/** Parses the arguments and runs the command. @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
	const interrupt = createInterrupt();
	let exitCode: number = EXIT.answered;
	const program = createProgram(async (action) => {
		exitCode = await action(interrupt.signal);
	});
	try {
		await program.parseAsync([...args], { from: 'user' });
		return exitCode;
	} catch (error) {
		if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.answered : EXIT.input; // has been printed
		return failed(interrupt.signal.aborted ? new CancelledError() : error);
	} finally {
		interrupt.dispose();
	}
}

function failed(error: unknown): number {
	const code = exitCodeOfError(error instanceof Error && 'code' in error ? String(error.code) : undefined);
	const text = code === EXIT.cancelled ? 'rlm: cancelled' : errorText(error, process.env.RLM_DEBUG === '1');
	note(text);
	return code;
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
	// A reader that has seen enough, such as `head`, is no error.
	if (error.code === 'EPIPE') process.exit();
	tell(`the output cannot be written: ${error.message}`);
	process.exit(EXIT.failed);
});
// What is written there is about the answer, which goes on without it.
process.stderr.on('error', () => {});

process.exitCode = await main(process.argv.slice(2));
