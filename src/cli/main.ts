#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { Command, CommanderError, Option } from 'commander';
import { CancelledError, codeOf } from '../core/errors.ts';
import { MODES } from '../core/modes.ts';
import { printable } from '../core/printable.ts';
import { LOG_FORMATS, LOG_LEVELS } from '../node/log.ts';
import { STRATEGIES } from '../settings/choices.ts';
import {
	collect,
	type Perform,
	PROVIDERS,
	portNumber,
	positiveNumber,
	timerSeconds,
	wholeNumber,
} from './arguments.ts';
import { addEvalCommands } from './evalArguments.ts';
import { createInterrupt } from './interrupt.ts';
import { note, tell } from './output.ts';
import type { QueryOptions } from './query.ts';
import type { ReplayOptions } from './replay.ts';
import { EXIT, errorText, exitCodeOfError } from './report.ts';
import type { SandboxServerCommandOptions } from './sandboxServer.ts';
import type { ServeOptions } from './serve.ts';
import type { ServersOptions } from './servers.ts';
import type { UsageOptions } from './usage.ts';

// Parses arguments only. A command's module is loaded when the command runs, so that --help is quick.

function createProgram(perform: Perform): Command {
	const program = new Command('rlm')
		.description('Asks a question about text that is too large for a prompt.')
		.version(packageVersion())
		.exitOverride()
		// Options of a command below another, such as rlm eval report, are its own.
		.enablePositionalOptions()
		.showHelpAfterError('     rlm --help lists the commands, rlm query --help its options.')
		.configureOutput({ outputError: (text, write) => write(printable(text.replace(/^error: /, 'rlm: '))) });
	for (const add of [addQuery, addReplay, addServers, addUsage, addServe, addSandboxServer, addEvalCommands])
		add(program, perform);
	return program;
}

function addQuery(program: Command, perform: Perform): void {
	program
		.command('query')
		.summary('ask a question about files, folders or piped text')
		.description('Asks a question about files, folders or piped text, and prints the answer.')
		.argument('<question>', 'what you want to know')
		.option('-c, --context <path>', 'file or folder to ask about, - for stdin; repeatable', collect, [])
		.option('--allow-secret <glob>', 'read matching files even if they may hold secrets; repeatable', collect, [])
		.option('--config <file>', 'configuration file (default: rlm.config.json here, else in your config folder)')
		.option('--trust-config', 'use the rlm.config.json of this folder without asking')
		.option('--server <url>', 'use this model server instead of the configured ones')
		.addOption(
			new Option('--provider <kind>', 'protocol of the server (default: guessed from the URL)').choices(PROVIDERS),
		)
		.option('--model <name>', 'model that writes the code')
		.option('--sub-model <name>', 'model that answers sub-calls (default: the same)')
		.addOption(
			new Option('--mode <name>', 'how to answer (default: auto, chosen by context, question and model)').choices(
				MODES,
			),
		)
		.option('--strict', 'have the model mend or drop what of its answer does not hold in the text')
		.addOption(new Option('--strategy <name>', 'how to spread calls over servers').choices(STRATEGIES))
		.option('--memo', 'answer a sub-call that equals an earlier one with that reply (default: as configured)')
		.option('--no-memo', 'send every sub-call')
		.option('--max-iterations <n>', 'stop after this many iterations', wholeNumber)
		.option('--max-depth <n>', '1 for plain sub-calls, 2 or more for child runs', wholeNumber)
		.option('--max-calls <n>', 'stop after this many sub-calls', wholeNumber)
		.option('--max-cost <usd>', 'stop at this cost in US dollars', positiveNumber)
		.option('--timeout <seconds>', 'stop after this time', positiveNumber)
		.addOption(new Option('--json', 'print the answer and figures as one JSON object').conflicts('events'))
		.option('--events', 'print each event as a line of JSON')
		.option('--journal <folder>', 'write the journal of the run to this folder')
		.option('-q, --quiet', 'hide progress and summary')
		.action((question: string, options: QueryOptions) =>
			perform(async (signal) => (await import('./query.ts')).query(question, options, packageVersion(), signal)),
		);
}

function addReplay(program: Command, perform: Perform): void {
	program
		.command('replay')
		.summary('replay a run from its journal, without a model')
		.description('Replays a run from its journal, without a model. Exits with the exit code of the run.')
		.argument('<file>', 'journal that rlm query --journal wrote')
		.option('--from <n>', 'start at this iteration', wholeNumber)
		.option('--step', 'wait for Enter between iterations')
		.addOption(new Option('--json', 'print the answer and figures as one JSON object').conflicts('events'))
		.option('--events', 'print each event as a line of JSON')
		.action((file: string, options: ReplayOptions) =>
			perform(async (signal) => (await import('./replay.ts')).replay(file, options, signal)),
		);
}

function addServers(program: Command, perform: Perform): void {
	program
		.command('servers')
		.summary('show the state of model servers and sandbox')
		.description('Shows the state of model servers and sandbox. Exits with 4 when no server answers.')
		.option('--config <file>', 'configuration file')
		.option('--trust-config', 'use the rlm.config.json of this folder without asking')
		.option('--json', 'print servers and sandbox as one JSON object')
		.addOption(new Option('--watch', 'refresh until Ctrl+C').conflicts('probe'))
		.option('--probe <url>', 'test the server at this address and print its settings')
		.action((options: ServersOptions) =>
			perform(async (signal) => (await import('./servers.ts')).servers(options, signal)),
		);
}

function addUsage(program: Command, perform: Perform): void {
	program
		.command('usage')
		.summary('show usage by day and by model')
		.description('Shows tokens, time and cost by day and by model, for all programs of this user.')
		.option('--days <n>', 'number of days, today included (default: 7)', wholeNumber)
		.option('--json', 'print a JSON array')
		.action((options: UsageOptions) => perform(async () => (await import('./usage.ts')).usage(options)));
}

function addServe(program: Command, perform: Perform): void {
	program
		.command('serve')
		.summary('answer questions over HTTP')
		.description('Answers questions over HTTP until Ctrl+C. GET /openapi.json describes the routes.')
		.option('--host <address>', 'address to listen on; anything but loopback needs a token', '127.0.0.1')
		.option('--port <n>', 'port to listen on, 0 for any', portNumber, 8378)
		.option('--config <file>', 'configuration file')
		.option('--trust-config', 'use the rlm.config.json of this folder without asking')
		.option('--token-env <name>', 'environment variable with the token that clients must send')
		.option('--allow-files <folder>', 'let clients name files and folders below this one')
		.option('--allow-host <name>', 'host name that clients may use; repeatable', collect, [])
		.option(
			'--cors-origin <origin>',
			'allow web pages of this origin, such as https://example.com; repeatable',
			collect,
			[],
		)
		.option('--journal <folder>', 'write the journals of runs to this folder')
		.addOption(logLevelOption())
		.addOption(logFormatOption())
		.option('--max-runs <n>', 'maximum concurrent runs (default: 16)', wholeNumber)
		.option('--context-mb <n>', 'memory for stored contexts (default: 1024)', wholeNumber)
		.action((options: ServeOptions) =>
			perform(async (signal) => (await import('./serve.ts')).serve(options, packageVersion(), signal)),
		);
}

function addSandboxServer(program: Command, perform: Perform): void {
	program
		.command('sandbox-server')
		.summary('run sandboxes for other machines')
		.description('Runs sandboxes for other machines until Ctrl+C. Model calls and keys stay on the client.')
		.option('--host <address>', 'address to listen on; anything but loopback needs a token', '127.0.0.1')
		.option('--port <n>', 'port to listen on, 0 for any', portNumber, 8377)
		.option('--token-env <name>', 'environment variable with a token; repeatable, one per tenant', collect, [])
		.addOption(logLevelOption())
		.addOption(logFormatOption())
		.option('--max-sessions <n>', 'sessions per token (default: 16)', wholeNumber)
		.option('--max-cells <n>', 'concurrent cells per token (default: 16)', wholeNumber)
		.option('--memory-mb <n>', 'sum of the memory caps of all sessions per token (default: 16384)', wholeNumber)
		.option('--context-mb <n>', 'memory for texts per token (default: 1024)', wholeNumber)
		.option('--idle-seconds <n>', 'end a session that has been idle for this long (default: 1800)', timerSeconds)
		.option('--lifetime-seconds <n>', 'end a session that is older than this (default: 14400)', timerSeconds)
		.option('--drain-seconds <n>', 'wait this long for sessions when the server stops (default: 0)', timerSeconds)
		.action((options: SandboxServerCommandOptions) =>
			perform(async (signal) => (await import('./sandboxServer.ts')).sandboxServer(options, signal)),
		);
}

function logLevelOption(): Option {
	return new Option('--log-level <level>', 'log level').choices(LOG_LEVELS).default('info');
}

function logFormatOption(): Option {
	return new Option('--log-format <format>', 'log format: text or one JSON object per line')
		.choices(LOG_FORMATS)
		.default('text');
}

/** Reads the version from package.json, one folder up from the bundle and two from the source. */
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
		if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.answered : EXIT.input; // already printed
		return failed(interrupt.signal.aborted ? new CancelledError() : error);
	} finally {
		interrupt.dispose();
	}
}

function failed(error: unknown): number {
	const code = exitCodeOfError(codeOf(error));
	const text = code === EXIT.cancelled ? 'rlm: cancelled' : errorText(error, process.env.RLM_DEBUG === '1');
	note(text);
	return code;
}

// Node 24.21 can crash while V8 frees WebAssembly code that several threads share (`jit_page_->allocations_.erase`), as
// sandboxes in worker threads do. V8 reads the flag each time it would collect such code.
setFlagsFromString('--no-wasm-code-gc');

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
	// A reader that has seen enough, such as `head`, is not an error.
	if (error.code === 'EPIPE') process.exit();
	tell(`the output cannot be written: ${error.message}`);
	process.exit(EXIT.failed);
});
// stderr carries only progress and messages; the answer goes on without them.
process.stderr.on('error', () => {});

process.exitCode = await main(process.argv.slice(2));
