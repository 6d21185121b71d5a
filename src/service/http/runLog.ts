import type { RunEnd } from '../../core/events.ts';
import type { Log } from '../../node/log.ts';
import type { RunObserver } from '../../telemetry/tracing.ts';

/** Logs where a run begins and how it ends, but never its texts. */
export function logRun(log: Log, session: string | undefined): RunObserver {
	return (event) => {
		if (event.parentId !== undefined) return;
		if (event.type === 'run-start') log.debug('run begins', { run: event.runId, session });
		if (event.type === 'run-end') logEnd(log, session, event);
	};
}

function logEnd(log: Log, session: string | undefined, end: RunEnd): void {
	const { runId: run, outcome, reason, error, mode, iterations, totals, durationMs } = end;
	log[outcome === 'failed' ? 'warn' : 'info']('run ends', {
		...{ run, session, outcome, reason, error: error?.code, mode, iterations },
		calls: totals.calls,
		costUsd: Number(totals.costUsd.toFixed(6)),
		unpricedCalls: totals.unpricedCalls || undefined,
		ms: Math.round(durationMs),
	});
}
