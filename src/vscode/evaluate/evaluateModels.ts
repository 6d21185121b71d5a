import { type ExtensionContext, l10n, ProgressLocation, Uri, ViewColumn, window } from 'vscode';
import { CancelledError } from '../../core/errors.ts';
import { DEFAULT_LIMITS } from '../../core/limits.ts';
import type { Engine } from '../../engine.ts';
import type { EvaluationPlan } from '../../eval/run/evaluate.ts';
import type { Result } from '../../eval/run/results.ts';
import type { ServerStatus } from '../../pool/pool.ts';
import { askServers, modelItems } from '../pickModels.ts';
import type { QueryHost } from '../runQuery.ts';
import { readSettings, withDefaults } from '../settings.ts';
import { signalOf } from '../signal.ts';
import { adviceInWords, estimateInWords, progressInWords } from './texts.ts';

/** What is measured: the loop, and the direct call that it has to beat. */
const MODES = ['direct', 'explore'];
/** Limit of a run. ms */
const TASK_MS = 120_000;

/** Lets the user choose models and how thoroughly, says what it will take, evaluates, and shows the result. */
export async function evaluateModels(context: ExtensionContext, host: QueryHost): Promise<void> {
	const options = { location: ProgressLocation.Notification, title: l10n.t('Asking the servers') };
	const models = await chooseModels(await window.withProgress(options, () => askServers(host)));
	const suite = models && (await chooseSuite());
	if (!models || !suite) return;
	const settings = await withDefaults(readSettings(), AbortSignal.timeout(15_000));
	const { SUITES } = await import('../../eval/tasks/suites.ts');
	const plan: EvaluationPlan = {
		tasks: SUITES[suite]?.tasks() ?? [],
		folder: context.globalStorageUri.fsPath,
		modes: MODES,
		models: models.map((model) => ({ label: model, model })),
		repeats: 1,
		parallel: 1,
		limits: { ...DEFAULT_LIMITS, ...settings.limits, durationMs: TASK_MS },
	};
	await host.engines.use(settings, (engine) => run(context, plan, engine, suite));
}

async function chooseModels(statuses: readonly ServerStatus[]): Promise<readonly string[] | undefined> {
	const chosen = await window.showQuickPick(statuses.flatMap(modelItems), {
		canPickMany: true,
		title: l10n.t('Which models should be evaluated? (1/2)'),
		matchOnDescription: true,
		ignoreFocusOut: true,
	});
	return chosen && chosen.length > 0 ? chosen.map(({ model }) => model) : undefined;
}

async function chooseSuite(): Promise<string | undefined> {
	const choices = [
		{ label: l10n.t('A first impression'), description: l10n.t('12 tasks a model, 2 to 128 KB'), suite: 'small' },
		{ label: l10n.t('A sound verdict'), description: l10n.t('44 tasks a model, 2 to 128 KB'), suite: 'medium' },
	];
	const title = l10n.t('How thoroughly? (2/2)');
	return (await window.showQuickPick(choices, { title, ignoreFocusOut: true }))?.suite;
}

/** Says the estimate, asks, evaluates with progress, and shows the result, also of what was done before a cancel. */
async function run(context: ExtensionContext, plan: EvaluationPlan, engine: Engine, suite: string): Promise<void> {
	if (!(await isConfirmed(plan, engine))) return;
	const { openResults } = await import('../../eval/run/results.ts');
	// The same choice on the same day goes on where it was.
	const day = new Date().toISOString().slice(0, 10);
	const folder = Uri.joinPath(context.globalStorageUri, 'evaluations', `${day}-${suite}`).fsPath;
	const store = await openResults(folder, plan.tasks);
	const title = l10n.t('Evaluating models');
	const options = { location: ProgressLocation.Notification, title, cancellable: true };
	try {
		await window.withProgress(options, async (progress, token) => {
			const { signal, dispose } = signalOf(token);
			const { evaluate } = await import('../../eval/run/evaluate.ts');
			const onResult = (result: Result, done: number, total: number) =>
				progress.report({ message: progressInWords(result, done, total), increment: 100 / total });
			const work = evaluate(plan, { engine, store, now: Date.now, onStart: () => {}, onResult }, signal);
			await work.finally(dispose);
		});
	} catch (error) {
		if (!(error instanceof CancelledError)) throw error;
	} finally {
		if (store.results.length > 0) await show(store.results);
	}
}

async function isConfirmed(plan: EvaluationPlan, engine: Engine): Promise<boolean> {
	const { estimateEvaluation } = await import('../../eval/run/estimate.ts');
	const signal = AbortSignal.timeout(15_000);
	const described = await Promise.all(plan.models.map(({ model }) => engine.pool.describe('root', model, signal)));
	const detail = estimateInWords(estimateEvaluation(plan, described, plan.limits.durationMs));
	const start = l10n.t('Evaluate');
	const question = l10n.t('Evaluate {0} with generated texts?', plan.models.map(({ label }) => label).join(', '));
	return (await window.showInformationMessage(question, { modal: true, detail }, start)) === start;
}

/** Remembers what was found and shows the page of the report. */
async function show(results: readonly Result[]): Promise<void> {
	const [{ reportPage }, { adviceOf }, { rememberVerdicts, verdictsOf }, { verdictsFile }] = await Promise.all([
		import('../../eval/report/page.ts'),
		import('../../eval/verdicts/advice.ts'),
		import('../../eval/verdicts/verdicts.ts'),
		import('../../settings/dataFolder.ts'),
	]);
	await rememberVerdicts(verdictsFile(process.env), results);
	const advice = adviceOf(verdictsOf(results)).map(adviceInWords);
	const panel = window.createWebviewPanel('rlm.evaluation', l10n.t('Evaluation of models'), ViewColumn.Active, {
		enableScripts: false,
		localResourceRoots: [],
	});
	panel.webview.html = reportPage(results, { advice });
}
