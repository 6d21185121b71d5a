import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { InputError, reasonOf } from '../core/errors.ts';
import type { Limits } from '../core/events.ts';
import { DEFAULT_LIMITS } from '../core/limits.ts';
import type { ModelDescription } from '../core/ports/model.ts';
import { present } from '../core/present.ts';
import { printableJson } from '../core/printable.ts';
import type { Engine } from '../engine.ts';
import { MODE_NAMES, modeOf } from '../eval/modes/modes.ts';
import { estimateEvaluation } from '../eval/run/estimate.ts';
import {
	type EvaluatedModel,
	type EvaluationEnd,
	type EvaluationPlan,
	evaluate,
	jobsLeft,
} from '../eval/run/evaluate.ts';
import { openResults, type ResultStore } from '../eval/run/results.ts';
import { SUITE_NAMES, SUITES } from '../eval/tasks/suites.ts';
import { parseTasks, type Task } from '../eval/tasks/task.ts';
import { rememberVerdicts } from '../eval/verdicts/verdicts.ts';
import { verdictsFile } from '../settings/dataFolder.ts';
import type { Settings } from '../settings/settings.ts';
import { commandEngine } from './commandEngine.ts';
import { announce, type ConfigOptions, loadConfiguration } from './config.ts';
import { estimateText, progressLine, startLine } from './evalProgress.ts';
import { printReport } from './evalReport.ts';
import { plural } from './format.ts';
import { note, print, printDrawing, tell } from './output.ts';
import { EXIT } from './report.ts';

/** Options of `rlm eval`. */
export interface EvalOptions extends Omit<ConfigOptions, 'model'> {
	readonly suite?: string;
	readonly mode: readonly string[];
	readonly model: readonly string[];
	readonly repeat: number;
	readonly parallel: number;
	/** Folder of the results. */
	readonly out: string;
	/** USD */
	readonly maxCost?: number;
	/** Minutes. */
	readonly maxTime?: number;
	/** Seconds of a task. */
	readonly taskTimeout: number;
	/** Tokens of a task. */
	readonly taskTokens?: number;
	readonly maxIterations?: number;
	readonly judge?: string;
	/** Folder for the journals of all runs. */
	readonly journal?: string;
	/** Says what there is to do, and does nothing. */
	readonly estimate?: boolean;
	readonly json?: boolean;
	readonly quiet?: boolean;
}

/**
 * Runs what an evaluation has not run yet, and prints its report.
 * @param file tasks; absent: those of the suite
 * @returns the exit code @throws InputError, ConfigError, CancelledError, NobodyThere
 */
export async function evaluateModels(
	file: string | undefined,
	options: EvalOptions,
	signal: AbortSignal,
): Promise<number> {
	for (const mode of options.mode) modeOf(mode);
	const source = await tasksOf(file, options.suite);
	const { model: _, ...rest } = options;
	const configuration = await loadConfiguration(rest, signal);
	configuration.requireKeys();
	const { quiet = false } = options;
	announce(configuration, quiet);
	const engine = commandEngine(configuration, options.journal, (message) => !quiet && tell(message));
	try {
		const plan = await planOf(source, configuration.settings, options, engine, signal);
		const asked = plan.models.map(({ model }) => engine.pool.describe('root', model, signal));
		const described = await Promise.all(asked);
		if (options.estimate) return printEstimate(plan, described, options);
		warnOfUnpriced(plan, described);
		const store = await openResults(options.out, plan.tasks);
		const end = await run(plan, store, engine, options, signal);
		await printReport(options.out, store, options);
		if (end.stoppedBy === undefined) return EXIT.answered;
		const left = plural(end.left, 'run');
		tell(`the limit of ${end.stoppedBy} was reached; the same command goes on with the ${left} that are left`);
		return EXIT.partial;
	} finally {
		await engine.dispose();
	}
}

async function planOf(
	{ tasks, folder }: TaskSource,
	settings: Settings,
	options: EvalOptions,
	engine: Engine,
	signal: AbortSignal,
): Promise<EvaluationPlan> {
	return present<EvaluationPlan>({
		tasks,
		folder,
		modes: options.mode.length > 0 ? options.mode : MODE_NAMES,
		models: await evaluated(options.model, options.subModel, engine, signal),
		repeats: options.repeat,
		parallel: options.parallel,
		limits: limitsOf(settings, options),
		maxCostUsd: options.maxCost,
		maxMs: options.maxTime === undefined ? undefined : options.maxTime * 60_000,
		judge: options.judge,
	});
}

function printEstimate(
	plan: EvaluationPlan,
	described: readonly ModelDescription[],
	{ json }: Pick<EvalOptions, 'json'>,
): number {
	const estimate = estimateEvaluation(plan, described, plan.limits.durationMs);
	if (json) printDrawing(printableJson(estimate));
	else print(estimateText(estimate));
	return EXIT.answered;
}

/** A limit of money cannot hold where nobody knows what a call costs. */
function warnOfUnpriced({ maxCostUsd }: EvaluationPlan, described: readonly ModelDescription[]): void {
	const unpriced = described.filter(({ price }) => price === undefined).map(({ model }) => model);
	if (maxCostUsd === undefined || unpriced.length === 0) return;
	tell(`the price of ${unpriced.join(', ')} is unknown: --max-cost does not limit it`);
}

async function run(
	plan: EvaluationPlan,
	store: ResultStore,
	engine: Engine,
	{ out, quiet = false }: EvalOptions,
	signal: AbortSignal,
): Promise<EvaluationEnd> {
	const left = jobsLeft(plan, store).length;
	const known = store.results.length;
	if (!quiet) tell(`${plural(left, 'run')} to do${known > 0 ? `, ${known} are done` : ''}; the results are in ${out}`);
	const host = {
		engine,
		store,
		now: Date.now,
		onStart: (job: Parameters<typeof startLine>[0]) => !quiet && process.stderr.isTTY && note(startLine(job)),
		onResult: (...ended: Parameters<typeof progressLine>) => !quiet && note(progressLine(...ended)),
	};
	try {
		return await evaluate(plan, host, signal);
	} catch (error) {
		if (!quiet) tell(`stopped; the same command goes on with what is left`);
		throw error;
	} finally {
		if (store.results.length > known) await rememberVerdicts(verdictsFile(process.env), store.results);
	}
}

/** Tasks, and where their relative paths start. */
interface TaskSource {
	readonly tasks: readonly Task[];
	readonly folder: string;
}

/** Reads the tasks. @throws InputError, ConfigError */
async function tasksOf(file: string | undefined, suite: string | undefined): Promise<TaskSource> {
	if (file === undefined) return { tasks: suiteTasks(suite ?? 'small'), folder: process.cwd() };
	if (suite !== undefined)
		throw new InputError('--suite and a file of tasks exclude each other', 'Leave out one of them.');
	return { tasks: parseTasks(await readTasksFile(file), file), folder: path.dirname(path.resolve(file)) };
}

async function readTasksFile(file: string): Promise<string> {
	try {
		return await readFile(file, 'utf8');
	} catch (cause) {
		const hint = `rlm eval generate writes such a file; the suites are ${SUITE_NAMES.join(', ')}.`;
		throw new InputError(`the tasks cannot be read: ${reasonOf(cause)}`, hint, { cause });
	}
}

/** @throws InputError for a suite that does not exist */
export function suiteTasks(name: string): readonly Task[] {
	const suite = Object.hasOwn(SUITES, name) ? SUITES[name] : undefined;
	if (suite) return suite.tasks();
	throw new InputError(`there is no suite "${name}"`, `There are: ${SUITE_NAMES.join(', ')}.`);
}

/** The models to compare. Without names, the model that the settings choose, under its own name. */
async function evaluated(
	names: readonly string[],
	subModel: string | undefined,
	engine: Engine,
	signal: AbortSignal,
): Promise<readonly EvaluatedModel[]> {
	if (names.length > 0) return [...new Set(names)].map((model) => present({ label: model, model, subModel }));
	const { server, model } = await engine.pool.describe('root', undefined, signal);
	return [present({ label: `${server}/${model}`, subModel })];
}

function limitsOf({ limits }: Settings, { taskTimeout, taskTokens, maxIterations }: EvalOptions): Limits {
	const given = present({ durationMs: taskTimeout * 1000, tokens: taskTokens, iterations: maxIterations });
	return { ...DEFAULT_LIMITS, ...limits, ...given };
}
