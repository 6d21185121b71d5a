import { l10n, window } from 'vscode';
import { CancelledError, explain } from '../../core/errors.ts';
import { rootRun } from '../../core/tree.ts';
import { Breather } from '../../node/breather.ts';
import { observed } from '../../telemetry/tracing.ts';
import { createEditorTools } from '../editorTools.ts';
import { builtinOnly, maxContextBytes, readSettings, withDefaults } from '../settings.ts';
import type { LiveRun } from './liveRun.ts';
import type { StartRequest } from './run.ts';
import type { RunsHost } from './runs.ts';

/** Reads the context, runs the engine and ends the run in any case. Never rejects. */
export async function drive(run: LiveRun, request: StartRequest, host: RunsHost): Promise<void> {
	try {
		await work(run, request, host);
	} catch (error) {
		if (error instanceof CancelledError) return run.fail('cancelled', undefined, error);
		host.log.error(l10n.t('A run could not be started'), error);
		run.fail('failed', explain(error), error);
	}
}

async function work(run: LiveRun, request: StartRequest, { engines, consent, log }: RunsHost): Promise<void> {
	const { source, question, repl, onBuiltin, ...options } = request;
	const configured = readSettings();
	const context = await source.collect({
		exclude: configured.context?.exclude ?? {},
		allowSecrets: configured.context?.allowSecrets ?? [],
		maxBytes: maxContextBytes(configured),
		onProgress: (message) => run.report(message),
		signal: run.signal,
	});
	for (const warning of context.warnings ?? []) void window.showWarningMessage(warning);
	const settings = onBuiltin ? builtinOnly(configured) : await withDefaults(configured, run.signal);
	if (source.needsConsent) await consent.ask(source.label, context, settings);
	run.report(l10n.t('starting'));
	await engines.use(settings, async (engine, tracing) => {
		const asked = {
			...options,
			runId: run.id,
			query: question,
			contexts: context.contexts,
			tools: createEditorTools(context.uriOf),
		};
		const handle = repl ? repl.ask(engine, asked, run.signal) : engine.start(asked, run.signal);
		log.info(l10n.t('run {0} started; journal: {1}', run.id, handle.journal ?? l10n.t('none')));
		run.begin(handle, context.uriOf);
		const breather = new Breather();
		for await (const event of observed(handle.events, tracing?.observer())) {
			run.take(event);
			if (event.type === 'attempt-failed') log.info(`${event.server}: ${event.category}: ${event.message}`);
			await breather.breathe();
		}
		const result = await handle.result;
		log.info(l10n.t('run {0} ended: {1}', run.id, result.outcome));
		for (const notice of rootRun(run.tree)?.notices ?? []) log.info(notice);
		if (result.outcome === 'failed') log.error(l10n.t('run {0} failed', run.id), result.error?.message);
		run.end(result);
	});
}
