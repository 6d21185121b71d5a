import { type Command, Option } from 'commander';
import { collect, collectSize, type Perform, PROVIDERS, positiveNumber, wholeNumber } from './arguments.ts';
import type { EvalOptions } from './eval.ts';
import type { EvalGenerateOptions } from './evalGenerate.ts';
import type { EvalReportOptions } from './evalReport.ts';

/** Adds `rlm eval` and the commands below it. Their modules are loaded when they run. */
export function addEvalCommands(program: Command, perform: Perform): void {
	const evaluation = program
		.command('eval')
		.summary('measure models and modes with tasks that have a known answer')
		.description(
			'Runs tasks with known answers through modes and models side by side, and reports how many were right, with tokens, cost and time. A run that was stopped goes on where it was. See docs/evaluation.md.',
		)
		.enablePositionalOptions()
		.argument('[tasks]', 'file with a task a line as JSON (default: those of --suite)')
		.option('--suite <name>', 'generated tasks: small (12), medium (44) or full (132); default: small')
		.option('--mode <name>', 'direct, files-agent or explore; repeatable; all when absent', collect, [])
		.option('--model <name>', 'model to evaluate, as model or server/model; repeatable', collect, [])
		.option('--sub-model <name>', 'model that answers sub-calls (default: the same)')
		.option('--config <file>', 'configuration file')
		.option('--trust-config', 'use the rlm.config.json of this folder without asking')
		.option('--server <url>', 'use this model server instead of the configured ones')
		.addOption(new Option('--provider <kind>', 'protocol of the server').choices(PROVIDERS))
		.option('--repeat <n>', 'run each task this many times', wholeNumber, 1)
		.option('--parallel <n>', 'tasks at a time; more than one makes times longer', wholeNumber, 1)
		.option('--out <folder>', 'folder of the results', 'rlm-eval')
		.option('--max-cost <usd>', 'stop at this cost in US dollars', positiveNumber)
		.option('--max-time <minutes>', 'begin no task after this time', positiveNumber)
		.option('--task-timeout <seconds>', 'stop a task after this time', positiveNumber, 300)
		.option('--task-tokens <n>', 'stop a task at this many tokens', wholeNumber)
		.option('--max-iterations <n>', 'iterations of a task, and actions of files-agent', wholeNumber)
		.option('--judge <model>', 'model that grades tasks with the grader "judged"')
		.option('--journal <folder>', 'write the journals of all runs to this folder')
		.option('--estimate', 'only say how much there is to do')
		.option('--json', 'print the report as JSON')
		.option('-q, --quiet', 'hide progress')
		.action((tasks: string | undefined, options: EvalOptions) =>
			perform(async (signal) => (await import('./eval.ts')).evaluateModels(tasks, options, signal)),
		);

	evaluation
		.command('report')
		.description('Prints the report of an evaluation and writes its page with charts.')
		.argument('<folder>', 'folder of the results')
		.option('--json', 'print the report as JSON')
		.action((folder: string, options: EvalReportOptions) =>
			perform(async () => (await import('./evalReport.ts')).evalReport(folder, options)),
		);

	evaluation
		.command('generate')
		.description('Writes generated tasks, to run, to change, or to look at. Equal seeds make equal tasks.')
		.option('--suite <name>', 'the tasks of a suite')
		.option('--kind <name>', 'kind of task; repeatable (default: all)', collect, [])
		.option('--size <size>', 'size of the context, like 2k, 512k or 2m; repeatable (default: 8k)', collectSize, [])
		.option('--count <n>', 'tasks of each kind and size', wholeNumber, 1)
		.option('--seed <n>', 'seed of the first of them', wholeNumber, 1)
		.option('--labelled <file>', 'labelled lines for count, aggregate and pairs, in place of our own messages')
		.option('--out <file>', 'write to this file instead of standard output')
		.option('--contexts <folder>', 'also write each context, with question and right answer, to this folder')
		.action((options: EvalGenerateOptions) =>
			perform(async (signal) => (await import('./evalGenerate.ts')).evalGenerate(options, signal)),
		);

	evaluation
		.command('models')
		.description('Says which of your models can be a root and which a sub-model, from all evaluations so far.')
		.option('--json', 'print a JSON array')
		.action((options: EvalReportOptions) => perform(async () => (await import('./evalReport.ts')).evalModels(options)));
}
