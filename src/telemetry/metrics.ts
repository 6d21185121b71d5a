import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { CallEnd, MessageEnd, RunEnd, RunEvent, Totals } from '../core/events.ts';
import { ModeFold, type ModeUsage } from '../core/modeUsage.ts';
import type { Usage } from '../core/ports/model.ts';
import { addTotals, NO_TOTALS, totalsOfCall } from '../core/totals.ts';
import { LabelValues } from './labels.ts';
import type { RunObserver } from './tracing.ts';

/** Seconds, from a memo hit to a run of an hour. */
const RUN_SECONDS = [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];
const CALL_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
/** Servers and models that keep their names. */
const NAMES = 64;

/**
 * Purpose of a call: an iteration of the root model, a sub-call of its code, or the summary of an overlong
 * conversation.
 */
type Role = 'root' | 'sub' | 'compaction';

/**
 * Figures of runs for Prometheus, as a fold over their events. Names and units follow Prometheus' conventions (base
 * units, `_total` for counters). Every label has a bounded number of values.
 */
export class RunMetrics {
	readonly registry = new Registry();
	readonly #models = new LabelValues(NAMES);
	readonly #servers = new LabelValues(NAMES);
	readonly #in = { registers: [this.registry] };

	readonly #runs = new Counter({
		...this.#in,
		name: 'rlm_runs_total',
		help: 'Runs that have ended.',
		labelNames: ['outcome'],
	});
	readonly #childRuns = new Counter({
		...this.#in,
		name: 'rlm_child_runs_total',
		help: 'Child runs that have ended.',
		labelNames: ['outcome'],
	});
	readonly #inProgress = new Gauge({ ...this.#in, name: 'rlm_runs_in_progress', help: 'Runs in progress.' });
	readonly #runSeconds = new Histogram({
		...this.#in,
		name: 'rlm_run_duration_seconds',
		help: 'Duration of runs.',
		labelNames: ['outcome'],
		buckets: RUN_SECONDS,
	});
	readonly #iterations = new Counter({
		...this.#in,
		name: 'rlm_iterations_total',
		help: 'Iterations of root models, including those of child runs.',
	});
	readonly #cells = new Counter({
		...this.#in,
		name: 'rlm_cells_total',
		help: 'Cells that ran.',
		labelNames: ['status'],
	});
	readonly #cellSeconds = new Histogram({
		...this.#in,
		name: 'rlm_cell_duration_seconds',
		help: 'Run time of cells, including the wait for sub-calls.',
		buckets: CALL_SECONDS,
	});
	readonly #subCalls = new Counter({
		...this.#in,
		name: 'rlm_sub_calls_total',
		help: 'Sub-calls by how they ended; those that reached no server have server "none".',
		labelNames: ['kind', 'server', 'model', 'status'],
	});
	readonly #modelCalls = new Counter({
		...this.#in,
		name: 'rlm_model_calls_total',
		help: 'Requests that a model worked on, including those whose reply was lost.',
		labelNames: ['role', 'server', 'model'],
	});
	readonly #tokens = new Counter({
		...this.#in,
		name: 'rlm_tokens_total',
		help: 'Tokens; cached_prompt is a part of prompt, reasoning a part of completion.',
		labelNames: ['role', 'server', 'model', 'kind', 'source'],
	});
	readonly #cost = new Counter({
		...this.#in,
		name: 'rlm_cost_usd_total',
		help: 'USD of the calls whose price is known.',
		labelNames: ['role', 'server', 'model'],
	});
	readonly #unpriced = new Counter({
		...this.#in,
		name: 'rlm_unpriced_calls_total',
		help: 'Calls whose price is unknown.',
		labelNames: ['role', 'server', 'model'],
	});
	readonly #queueSeconds = new Histogram({
		...this.#in,
		name: 'rlm_model_call_queue_seconds',
		help: 'Waiting for a free place at a server.',
		labelNames: ['role', 'server'],
		buckets: CALL_SECONDS,
	});
	readonly #serviceSeconds = new Histogram({
		...this.#in,
		name: 'rlm_model_call_service_seconds',
		help: 'Time of answered calls without the wait for a place; for sub-calls including failed attempts.',
		labelNames: ['role', 'server'],
		buckets: CALL_SECONDS,
	});
	readonly #firstTokenSeconds = new Histogram({
		...this.#in,
		name: 'rlm_first_token_seconds',
		help: 'From a root model call to the first piece of its reply.',
		labelNames: ['server'],
		buckets: CALL_SECONDS,
	});
	readonly #failedAttempts = new Counter({
		...this.#in,
		name: 'rlm_attempts_failed_total',
		help: 'Attempts that failed, by category and by what happened next.',
		labelNames: ['server', 'category', 'next'],
	});
	readonly #compactions = new Counter({
		...this.#in,
		name: 'rlm_compactions_total',
		help: 'Conversations that were replaced by a summary.',
	});
	readonly #warnings = new Counter({
		...this.#in,
		name: 'rlm_budget_warnings_total',
		help: 'Limits of runs that came near.',
		labelNames: ['limit'],
	});

	readonly #modeRuns = new Counter({
		...this.#in,
		name: 'rlm_mode_runs_total',
		help: 'Runs that have ended, by the mode and plan that they ended in.',
		labelNames: ['mode', 'plan', 'outcome'],
	});
	readonly #modeTokens = new Counter({
		...this.#in,
		name: 'rlm_mode_tokens_total',
		help: 'Tokens of runs that have ended, by mode and plan.',
		labelNames: ['mode', 'plan'],
	});
	readonly #modeSeconds = new Counter({
		...this.#in,
		name: 'rlm_mode_duration_seconds_total',
		help: 'Time of runs that have ended, by mode and plan.',
		labelNames: ['mode', 'plan'],
	});

	/** Starts to count a run. */
	observer(): RunObserver {
		const modes = new ModeFold();
		this.#inProgress.inc();
		const kinds = new Map<string, CallKind>();
		let seen = NO_TOTALS;
		return (event) => {
			if (event.type === 'call-start') kinds.set(event.nodeId, event.kind);
			if (event.type === 'call-end') {
				const kind = kinds.get(event.nodeId) ?? 'llm';
				kinds.delete(event.nodeId);
				this.#subCalls.inc({ kind, status: event.status, ...this.#servedBy(event) });
				// A child run's usage was counted with its own iterations and calls.
				if (kind === 'llm' && event.usage) seen = addTotals(seen, this.#countCall(event, event.usage));
			}
			if (event.type === 'attempt-lost') {
				const role = kinds.has(event.nodeId) ? 'sub' : 'root';
				seen = addTotals(seen, this.#countUse(role, this.#servedBy(event), totalsOfCall(event.usage, event.costUsd)));
			}
			if (event.type === 'message-end') seen = addTotals(seen, this.#countRootCall(event));
			if (event.type === 'run-end' && event.parentId === undefined) this.#countRest(event.totals, seen);
			this.#count(event);
			this.#countMode(modes.add(event));
		};
	}

	#countMode(ended: ModeUsage | undefined): void {
		if (!ended) return;
		const { mode, plan, answered, partial, tokens, durationMs } = ended;
		const outcome = answered > 0 ? 'answered' : partial > 0 ? 'partial' : 'failed';
		this.#modeRuns.inc({ mode, plan, outcome });
		this.#modeTokens.inc({ mode, plan }, tokens);
		this.#modeSeconds.inc({ mode, plan }, durationMs / 1000);
	}

	#count(event: RunEvent): void {
		if (event.type === 'run-end') this.#endRun(event);
		if (event.type === 'iteration-end') this.#iterations.inc();
		if (event.type === 'compaction') this.#compactions.inc();
		if (event.type === 'budget-warning') this.#warnings.inc({ limit: event.limit });
		if (event.type === 'code-end') {
			this.#cells.inc({ status: event.error === undefined ? 'ok' : statusOfError(event.error.type) });
			this.#cellSeconds.observe(event.durationMs / 1000);
		}
		if (event.type === 'attempt-failed') {
			const { category, next } = event;
			this.#failedAttempts.inc({ server: this.#servers.of(event.server), category, next: next.kind });
		}
	}

	#endRun({ outcome, parentId, durationMs }: RunEnd): void {
		if (parentId !== undefined) {
			this.#childRuns.inc({ outcome });
			return;
		}
		this.#inProgress.dec();
		this.#runs.inc({ outcome });
		this.#runSeconds.observe({ outcome }, durationMs / 1000);
	}

	#countRootCall(event: MessageEnd): Totals {
		const server = this.#servers.of(event.server);
		this.#queueSeconds.observe({ role: 'root', server }, event.queueMs / 1000);
		this.#serviceSeconds.observe({ role: 'root', server }, event.durationMs / 1000);
		this.#firstTokenSeconds.observe({ server }, event.firstTokenMs / 1000);
		return this.#countUse('root', this.#servedBy(event), totalsOfCall(event.usage, event.costUsd));
	}

	#countCall(event: CallEnd, usage: Usage): Totals {
		const server = this.#servers.of(event.server);
		const { queueMs, durationMs } = event;
		this.#queueSeconds.observe({ role: 'sub', server }, queueMs / 1000);
		this.#serviceSeconds.observe({ role: 'sub', server }, Math.max(0, durationMs - queueMs) / 1000);
		return this.#countUse('sub', this.#servedBy(event), totalsOfCall(usage, event.costUsd));
	}

	/** A run pays for summaries of its conversation, but they are not part of its tree. */
	#countRest(totals: Totals, seen: Totals): void {
		const calls = totals.calls - seen.calls;
		if (calls <= 0) return;
		const usage = {
			promptTokens: Math.max(0, totals.usage.promptTokens - seen.usage.promptTokens),
			completionTokens: Math.max(0, totals.usage.completionTokens - seen.usage.completionTokens),
			isEstimate: totals.usage.isEstimate,
		};
		const rest = {
			calls,
			usage,
			costUsd: Math.max(0, totals.costUsd - seen.costUsd), // sums of fractions differ in their last digits
			unpricedCalls: totals.unpricedCalls - seen.unpricedCalls,
		};
		this.#countUse('compaction', { server: 'none', model: 'none' }, rest);
	}

	#countUse(role: Role, servedBy: ServedBy, totals: Totals): Totals {
		const { usage, costUsd, unpricedCalls, calls } = totals;
		const labels = { role, ...servedBy };
		const source = usage.isEstimate ? 'estimated' : 'reported';
		this.#modelCalls.inc(labels, calls);
		const count = (kind: string, tokens: number) => this.#tokens.inc({ ...labels, kind, source }, tokens);
		count('prompt', usage.promptTokens);
		count('completion', usage.completionTokens);
		if (usage.cachedPromptTokens !== undefined) count('cached_prompt', usage.cachedPromptTokens);
		if (usage.reasoningTokens !== undefined) count('reasoning', usage.reasoningTokens);
		if (unpricedCalls > 0) this.#unpriced.inc(labels, unpricedCalls);
		if (unpricedCalls < calls) this.#cost.inc(labels, costUsd);
		return totals;
	}

	#servedBy({ server, model }: { readonly server?: string; readonly model?: string }): ServedBy {
		return { server: this.#servers.of(server), model: this.#models.of(model) };
	}
}

type CallKind = 'llm' | 'rlm';

interface ServedBy {
	readonly server: string;
	readonly model: string;
}

/** Code chooses the names of Python exceptions, so they cannot be a label. */
function statusOfError(type: string): string {
	return type === 'Timeout' ? 'timeout' : 'error';
}
