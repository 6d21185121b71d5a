import { CancellationTokenSource, commands, l10n, ProgressLocation, window } from 'vscode';
import { CancelledError, explain } from '../core/errors.ts';
import type { RunResult } from '../core/run.ts';
import { emptyTree, foldEvent, type RunTree, rootRun } from '../core/tree.ts';
import type { EngineRun } from '../engine.ts';
import type { Settings } from '../pool/settings.ts';
import { renderAnswer } from './answerDocument.ts';
import type { AnswerFiles } from './answerFile.ts';
import { lineLink } from './answerFile.ts';
import type { CollectedContext, ContextSource } from './contextSource.ts';
import type { EngineHost } from './engineHost.ts';
import type { Log } from './log.ts';
import { RUNNING_KEY } from './names.ts';
import { statusText } from './runStatus.ts';
import { maxContextBytes, readSettings, withDefaults } from './settings.ts';
import { showError } from './showError.ts';
import { signalOf } from './signal.ts';

/** Milliseconds between two updates of the notification. */
const STATUS_INTERVAL_MS = 200;

/** What a query needs from the extension. */
export interface QueryHost {
	readonly engines: EngineHost;
	readonly answers: AnswerFiles;
	readonly log: Log;
	/** Cancels the runs under way, by question. */
	readonly running: Map<CancellationTokenSource, string>;
}

/** A finished run with all that happened in it. */
interface Finished {
	readonly result: RunResult;
	readonly tree: RunTree;
	readonly context: CollectedContext;
}

/**
 * Asks, runs, shows. Errors are shown too, so this never rejects.
 * @param question asked for when absent
 * @returns the result of the run; undefined when there was none
 */
export async function runQuery(
	host: QueryHost,
	source: ContextSource,
	question?: string,
): Promise<RunResult | undefined> {
	const retry = (asked: string) => () => runQuery(host, source, asked);
	let asked = question?.trim() ?? '';
	try {
		const settings = readSettings();
		asked ||= await askQuestion(host, source, settings);
		if (asked === '') return undefined;
		const finished = await runWithProgress(host, source, settings, asked);
		await showResult(host, asked, finished, retry(asked));
		return finished.result;
	} catch (error) {
		if (error instanceof CancelledError) return undefined;
		host.log.error(l10n.t('A run could not be started'), error);
		void showError(explain(error), retry(asked));
		return undefined;
	}
}

/** While the user types, the interpreter starts. */
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

async function runWithProgress(
	host: QueryHost,
	source: ContextSource,
	settings: Settings,
	question: string,
): Promise<Finished> {
	const cancellation = new CancellationTokenSource();
	host.running.set(cancellation, question);
	void commands.executeCommand('setContext', RUNNING_KEY, true);
	const { signal, dispose } = signalOf(cancellation.token);
	const options = { location: ProgressLocation.Notification, title: 'RLM', cancellable: true };
	try {
		return await window.withProgress(options, async (progress, token) => {
			const subscription = token.onCancellationRequested(() => cancellation.cancel());
			try {
				return await run(host, source, settings, question, (message) => progress.report({ message }), signal);
			} finally {
				subscription.dispose();
			}
		});
	} finally {
		dispose();
		cancellation.dispose();
		host.running.delete(cancellation);
		void commands.executeCommand('setContext', RUNNING_KEY, host.running.size > 0);
	}
}

async function run(
	host: QueryHost,
	source: ContextSource,
	configured: Settings,
	question: string,
	report: (message: string) => void,
	signal: AbortSignal,
): Promise<Finished> {
	const context = await source.collect({
		exclude: configured.context?.exclude ?? {},
		maxBytes: maxContextBytes(configured),
		onProgress: report,
		signal,
	});
	report(l10n.t('starting'));
	const settings = await withDefaults(configured, signal);
	return host.engines.use(settings, async (engine) => {
		const handle = engine.start({ query: question, contexts: context.contexts }, signal);
		host.log.info(l10n.t('run {0} started; journal: {1}', handle.runId, handle.journal ?? l10n.t('none')));
		return { ...(await follow(handle, host.log, report)), context };
	});
}

/** Reads a run's events to their end. */
async function follow(
	handle: EngineRun,
	log: Log,
	report: (message: string) => void,
): Promise<Omit<Finished, 'context'>> {
	const tree = emptyTree();
	let reported = tree.seq;
	const timer = setInterval(() => {
		if (tree.seq === reported) return;
		reported = tree.seq;
		report(statusText(tree));
	}, STATUS_INTERVAL_MS);
	try {
		for await (const event of handle.events) {
			foldEvent(tree, event);
			if (event.type === 'attempt-failed') log.info(`${event.server}: ${event.category}: ${event.message}`);
		}
		return { result: await handle.result, tree };
	} finally {
		clearInterval(timer);
	}
}

/** Shows the answer, however complete it is, and what went wrong. */
async function showResult(host: QueryHost, question: string, finished: Finished, retry: () => unknown): Promise<void> {
	const { result, tree, context } = finished;
	host.log.info(l10n.t('run {0} ended: {1}', result.runId, result.outcome));
	if (result.answer !== '' || result.outcome === 'partial') {
		const document = host.answers.uriOf(result.runId, question);
		const markdown = renderAnswer(question, result, tree, (citation) => {
			const target = context.uriOf(citation.path);
			return target && lineLink(target, citation, document);
		});
		await host.answers.show(document, markdown);
	} else if (result.outcome === 'cancelled') {
		void window.showInformationMessage(l10n.t('RLM was cancelled before it had an answer.'));
	}
	for (const notice of rootRun(tree)?.notices ?? []) host.log.info(notice);
	if (result.outcome === 'failed') reportFailure(host.log, result, retry);
}

function reportFailure(log: Log, { runId, error }: RunResult, retry: () => unknown): void {
	const explanation = error ?? explain(new Error(l10n.t('The run failed.')));
	log.error(l10n.t('run {0} failed', runId), explanation.message);
	void showError(explanation, retry);
}
