import { type Event, l10n, ProgressLocation, type Uri, window } from 'vscode';
import { CancelledError, type Explanation, explain } from '../core/errors.ts';
import type { Citation } from '../core/events.ts';
import type { RunResult } from '../core/request.ts';
import type { Settings } from '../settings/settings.ts';
import { renderAnswer } from './answerDocument.ts';
import { type AnswerFiles, lineLink } from './answerFile.ts';
import type { ContextSource } from './contextSource.ts';
import type { EngineHost } from './engineHost.ts';
import type { Log } from './log.ts';
import type { RunPanel } from './runPanel/runPanel.ts';
import { statusText } from './runStatus.ts';
import { isUnderWay, type Run } from './runs/run.ts';
import type { Runs } from './runs/runs.ts';
import { readSettings, withDefaults } from './settings.ts';
import { showError } from './showError.ts';

/** Shortest time between two updates of the notification. ms */
const STATUS_INTERVAL_MS = 200;

/** The parts of the extension that a query needs. */
export interface QueryHost {
	readonly runs: Runs;
	readonly engines: EngineHost;
	readonly answers: AnswerFiles;
	readonly log: Log;
	readonly panel: RunPanel;
}

/**
 * Asks, runs and shows the answer. Shows errors too, and never rejects.
 * @param question absent to ask the user
 * @returns the result of the run, if any
 */
export async function runQuery(
	host: QueryHost,
	source: ContextSource,
	question?: string,
): Promise<RunResult | undefined> {
	let asked = question?.trim() ?? '';
	try {
		const settings = readSettings();
		asked ||= await askQuestion(host, source, settings);
	} catch (error) {
		void showError(explain(error), () => runQuery(host, source, question));
		return undefined;
	}
	if (asked === '') return undefined;
	return show(host, host.runs.start({ question: asked, source }, new AbortController().signal));
}

/** Shows a run and its answer. @returns its result; undefined when it could not begin */
async function show(host: QueryHost, run: Run): Promise<RunResult | undefined> {
	const retry = run.rerun && (() => run.rerun && show(host, run.rerun()));
	const withBuiltin = run.rerun && (() => run.rerun && show(host, run.rerun({ onBuiltin: true })));
	try {
		await host.panel.revealOnRun(run);
		await showProgress(host, run);
		const result = await run.result;
		await showResult(host, run, result);
		if (result.outcome === 'failed') reportFailure(result.error, retry, withBuiltin);
		return result;
	} catch (error) {
		if (!(error instanceof CancelledError)) reportFailure(explain(error), retry, withBuiltin);
		return undefined;
	}
}

/** Asks for the question, and starts the interpreter meanwhile. */
async function askQuestion(host: QueryHost, source: ContextSource, settings: Settings): Promise<string> {
	void warmUp(host, settings);
	const answer = await window.showInputBox({
		title: source.title,
		placeHolder: l10n.t('For example: where are retries handled, and how often is a call repeated?'),
		prompt: l10n.t('The model reads only the parts that its code looks at, so the text may be of any size.'),
		ignoreFocusOut: true,
		validateInput: (value) => (value !== '' && value.trim() === '' ? l10n.t('Enter a question.') : undefined),
	});
	return answer?.trim() ?? '';
}

async function warmUp({ engines, log }: QueryHost, configured: Settings): Promise<void> {
	try {
		const settings = await withDefaults(configured, AbortSignal.timeout(5_000));
		await engines.use(settings, (engine) => engine.warmUp());
	} catch (error) {
		log.error(l10n.t('The sandbox could not be started ahead of time'), error);
	}
}

/** Shows the progress of a run in a notification while the panel is hidden. */
async function showProgress({ runs, panel }: QueryHost, run: Run): Promise<void> {
	const over = run.result.then(nothing, nothing); // whoever awaits the result handles a failure
	while (isUnderWay(run.state)) {
		const change = nextOf(panel.onDidChangeVisibility);
		try {
			const until = Promise.race([over, change.happened]);
			await (panel.isVisible ? until : notify(runs, run, until));
		} finally {
			change.dispose();
		}
	}
}

/** Shows a notification whose button cancels the run. @param until closes it */
async function notify(runs: Runs, run: Run, until: Promise<unknown>): Promise<void> {
	const options = { location: ProgressLocation.Notification, title: 'RLM', cancellable: true };
	await window.withProgress(options, async (progress, token) => {
		const report = () => progress.report({ message: run.progress || statusText(run.tree) });
		const ofThis = (changed: Run) => changed === run && run.progress !== '' && report();
		const subscriptions = [token.onCancellationRequested(() => run.cancel()), runs.onDidChange(ofThis)];
		let reported = -1;
		const timer = setInterval(() => {
			if (run.tree.seq === reported) return;
			reported = run.tree.seq;
			report();
		}, STATUS_INTERVAL_MS);
		try {
			await until;
		} finally {
			clearInterval(timer);
			for (const subscription of subscriptions) subscription.dispose();
		}
	});
}

function nothing(): void {}

function nextOf(event: Event<unknown>): { readonly happened: Promise<void>; dispose(): void } {
	const { promise, resolve } = Promise.withResolvers<void>();
	const subscription = event(() => resolve());
	return { happened: promise, dispose: () => subscription.dispose() };
}

/** Shows the answer, complete or not, and what went wrong. */
async function showResult({ answers }: QueryHost, run: Run, result: RunResult): Promise<void> {
	if (result.answer !== '' || result.outcome === 'partial') {
		const document = answers.uriOf(run.id, run.question);
		const links = await linksOf(run, result.citations, document);
		await answers.show(
			document,
			renderAnswer(run.question, result, run.tree, (citation) => links.get(citation)),
		);
	} else if (result.outcome === 'cancelled') {
		void window.showInformationMessage(l10n.t('RLM was cancelled before it had an answer.'));
	}
}

async function linksOf(run: Run, citations: readonly Citation[], document: Uri): Promise<Map<Citation, string>> {
	const links = new Map<Citation, string>();
	for (const citation of citations) {
		const target = await run.uriOf(citation.path);
		const link = target && lineLink(target, citation, document);
		if (link !== undefined) links.set(citation, link);
	}
	return links;
}

function reportFailure(
	explanation: Explanation | undefined,
	retry: (() => unknown) | undefined,
	withBuiltin: (() => unknown) | undefined,
): void {
	void showError(explanation ?? explain(new Error(l10n.t('The run failed.'))), retry, withBuiltin);
}
