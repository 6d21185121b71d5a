import { type FailureCategory, RlmError } from '../../core/errors.ts';
import type { RunEvent } from '../../core/events.ts';
import type { RunResult } from '../../core/request.ts';
import type { EngineRun } from '../../engine.ts';
import type { Grade } from '../graders/grade.ts';
import type { OpenTask } from '../tasks/openTask.ts';
import type { Result, ResultKey } from './results.ts';

/** Characters of an answer and of a gold that a result keeps. */
const ANSWER_CHARACTERS = 4_000;
const GOLD_CHARACTERS = 1_000;

/** A run that has ended, and what its events told on the way. */
export interface EndedRun {
	readonly result: RunResult;
	/** `server/model` of the root; undefined when none was found. */
	readonly answeredBy: string | undefined;
	/** Category of the last failed attempt. */
	readonly lastFailure: FailureCategory | undefined;
}

/** Reads a run to its end. */
export async function readRun(run: EngineRun): Promise<EndedRun> {
	let answeredBy: string | undefined;
	let lastFailure: FailureCategory | undefined;
	const note = (event: RunEvent) => {
		if (event.type === 'run-start' && event.parentId === undefined)
			answeredBy = `${event.rootServer}/${event.rootModel}`;
		if (event.type === 'attempt-failed') lastFailure = event.category;
	};
	for await (const event of run.events) note(event);
	return { result: await run.result, answeredBy, lastFailure };
}

/** Failures that say nothing about the model: nobody was there to answer, or we were not let in. */
const UNREACHABLE: readonly FailureCategory[] = ['connect', 'tls', 'auth', 'quota', 'model-not-found'];

/** Thrown when no server can be asked, so that an evaluation does not count its absence as wrong answers. */
class NobodyThere extends RlmError {
	readonly code = 'no-server';
}

/** @throws NobodyThere when the run failed because no server could be asked */
export function requireServer({ result, lastFailure }: EndedRun): void {
	if (result.outcome !== 'failed') return;
	const isUnreachable =
		lastFailure === undefined ? result.totals.calls === 0 && isOfModels(result) : UNREACHABLE.includes(lastFailure);
	if (isUnreachable) throw new NobodyThere(result.error?.message ?? 'no server could be asked');
}

function isOfModels({ error }: RunResult): boolean {
	return error?.code === 'model' || error?.code === 'no-server' || error?.code === 'config';
}

/** What stays of a run. */
export function makeResult(key: ResultKey, task: OpenTask, ended: EndedRun, grade: Grade, at: number): Result {
	const { result, answeredBy } = ended;
	const { usage, costUsd, unpricedCalls, calls } = result.totals;
	const reason = result.reason ?? result.error?.message;
	return {
		version: 1,
		...key,
		kind: task.kind,
		bytes: task.bytes,
		outcome: result.outcome === 'cancelled' ? 'failed' : result.outcome,
		...(answeredBy === undefined ? {} : { answeredBy }),
		...(reason === undefined ? {} : { reason }),
		answer: result.answer.slice(0, ANSWER_CHARACTERS),
		gold: goldText(task),
		isCorrect: grade.isCorrect,
		score: grade.score,
		note: grade.note,
		promptTokens: usage.promptTokens,
		cachedPromptTokens: usage.cachedPromptTokens ?? 0,
		completionTokens: usage.completionTokens,
		isEstimate: usage.isEstimate,
		calls,
		iterations: result.iterations,
		costUsd,
		unpricedCalls,
		durationMs: result.durationMs,
		at: new Date(at).toISOString(),
	};
}

/** The right answer in one line. */
function goldText({ gold }: Pick<OpenTask, 'gold'>): string {
	const parts = Array.isArray(gold)
		? gold.map((item) => (typeof item === 'string' ? item : `(${item.join(', ')})`))
		: [gold];
	return parts.join(', ').slice(0, GOLD_CHARACTERS);
}
