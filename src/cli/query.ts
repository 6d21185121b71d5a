import { collectPaths, collectStream } from '../context/collect.ts';
import { InputError } from '../core/errors.ts';
import type { Limits } from '../core/events.ts';
import { DEFAULT_LIMITS } from '../core/limits.ts';
import type { Mode } from '../core/modes.ts';
import type { Context } from '../core/ports/context.ts';
import { present } from '../core/present.ts';
import { oneLine } from '../core/printable.ts';
import type { Settings } from '../settings/settings.ts';
import { observed, openTracing } from '../telemetry/tracing.ts';
import { commandEngine } from './commandEngine.ts';
import { announce, type ConfigOptions, loadConfiguration } from './config.ts';
import { tell } from './output.ts';
import { EXIT, exitCodeOf, leftOutText } from './report.ts';
import { type OutputOptions, showRun } from './showRun.ts';

/** Options of `rlm query`. */
export interface QueryOptions extends ConfigOptions, OutputOptions {
	/** Files and folders; `-` is stdin. */
	readonly context: readonly string[];
	/** Globs of secret files to read anyway. */
	readonly allowSecret: readonly string[];
	readonly mode?: Mode;
	/** Has the model mend or drop evidence that does not hold. */
	readonly strict?: boolean;
	readonly memo?: boolean;
	readonly maxIterations?: number;
	readonly maxDepth?: number;
	readonly maxCalls?: number;
	/** USD */
	readonly maxCost?: number;
	/** Seconds. */
	readonly timeout?: number;
	/** Folder for the journal. */
	readonly journal?: string;
}

/**
 * Asks a question and prints the answer.
 * @param version version of this program
 * @returns the exit code
 * @throws InputError, ConfigError for problems found before the run; CancelledError
 */
export async function query(
	question: string,
	options: QueryOptions,
	version: string,
	signal: AbortSignal,
): Promise<number> {
	if (question.trim() === '') throw new InputError('the question is empty', 'rlm query "<question>" --context <path>');
	const configuration = await loadConfiguration(options, signal);
	const { settings } = configuration;
	configuration.requireKeys();
	const logged: string[] = [];
	const log = (message: string) => logged.push(message);
	const tracing = await openTracing({ settings, env: process.env, version, log });
	const engine = commandEngine(configuration, options.journal, log);
	const { mode, memo, strict } = options;
	try {
		engine.warmUp();
		const contexts = await collectContexts(options, settings, signal);
		announce(configuration, options.quiet === true);
		const leftOut = leftOutText(contexts);
		if (leftOut !== undefined && !options.quiet) tell(leftOut);
		const run = engine.start(
			present({ query: question, contexts, mode, memo, strict, limits: limitsOf(options) }),
			signal,
		);
		const events = observed(run.events, tracing?.observer());
		const end = await showRun({ events, journal: () => run.journal, now: Date.now }, options);
		return end ? exitCodeOf(end) : EXIT.failed;
	} finally {
		await engine.dispose();
		await tracing?.close();
		// Keep log lines out of the tree while it is drawn.
		if (!options.quiet) for (const message of logged) tell(message);
	}
}

/** Collects the contexts: all files and folders make one, stdin another. Without any, piped text is taken. */
async function collectContexts(
	{ context: named, allowSecret, quiet }: QueryOptions,
	settings: Settings,
	signal: AbortSignal,
): Promise<readonly Context[]> {
	const inputs = named.length > 0 || process.stdin.isTTY ? named : ['-'];
	if (inputs.length === 0) throw noContext();
	const paths = inputs.filter((input) => input !== '-');
	const common = { maxBytes: settings.limits?.contextBytes ?? DEFAULT_LIMITS.contextBytes, signal };
	const { exclude, allowSecrets = [] } = settings.context ?? {};
	const reading = present({ ...common, exclude, allowSecrets: [...allowSecrets, ...allowSecret] });
	const onNamedSecret = (path: string) => {
		if (!quiet) tell(`${oneLine(path)} may hold secrets; rlm reads it because you named it`);
	};
	const files = paths.length > 0 ? [await collectPaths(paths, { ...reading, onNamedSecret })] : [];
	if (paths.length === inputs.length) return files;
	const piped = await readStdin(common);
	return inputs[0] === '-' ? [piped, ...files] : [...files, piped];
}

async function readStdin(options: { readonly maxBytes: number; readonly signal: AbortSignal }): Promise<Context> {
	try {
		return await collectStream(process.stdin, { label: 'standard input', path: 'stdin' }, options);
	} finally {
		process.stdin.destroy(); // an open pipe would keep a cancelled command alive
	}
}

function noContext(): InputError {
	return new InputError(
		'there is no context to ask about',
		'Name files or folders with --context <path>, or pipe text in: git log | rlm query "<question>"',
	);
}

function limitsOf({ maxIterations, maxDepth, maxCalls, maxCost, timeout }: QueryOptions): Partial<Limits> {
	return present({
		iterations: maxIterations,
		depth: maxDepth,
		calls: maxCalls,
		costUsd: maxCost,
		durationMs: timeout === undefined ? undefined : timeout * 1000,
	});
}
