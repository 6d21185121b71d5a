import type { Totals } from '../../core/events.ts';
import type { Way } from '../../core/modes.ts';
import { present } from '../../core/present.ts';
import type { PastRun } from '../../journal/history.ts';
import type { Execution, ExecutionStatus, ExecutionView } from './execution.ts';
import { HttpError } from './httpErrors.ts';

/** An execution in a list. One that is known only from its journal has less: the rest is read on request. */
export type ListedExecution = Omit<ExecutionView, 'result'> | PastView;

interface PastView {
	readonly id: string;
	readonly status: ExecutionStatus;
	/** Start of its query. */
	readonly query: string;
	/** ISO 8601 */
	readonly startedAt: string;
	readonly endedAt?: string;
	readonly mode?: Way;
	readonly iterations?: number;
	readonly totals?: Totals;
}

/** One page of the list, newest first. */
export interface ExecutionPage {
	readonly executions: readonly ListedExecution[];
	/** Value of `before` for the next page; absent on the last one. */
	readonly next?: string;
}

/** Selects a page. */
export interface PageRequest {
	readonly limit: number;
	/** Only executions that began before this place. */
	readonly before?: Place | undefined;
}

/** A place in the list that stays the same while executions come and go. */
interface Place {
	readonly startedAt: number;
	readonly id: string;
}

interface Entry extends Place {
	view(): ListedExecution;
}

const USUAL_LIMIT = 100;
const LARGEST_LIMIT = 1_000;

/** Parses the query parameters of a client. @throws HttpError 400 that names the parameter */
export function pageRequest(limit: string | undefined, before: string | undefined): PageRequest {
	const count = limit === undefined ? USUAL_LIMIT : Number(limit);
	if (!Number.isInteger(count) || count < 1 || count > LARGEST_LIMIT) {
		throw new HttpError(400, 'input', `limit: it must be a whole number from 1 to ${LARGEST_LIMIT}`);
	}
	return present({ limit: count, before: before === undefined ? undefined : placeOf(before) });
}

function placeOf(text: string): Place {
	const [, startedAt, id] = /^(\d{1,16})-(.{1,64})$/.exec(text) ?? [];
	if (startedAt !== undefined && id !== undefined) return { startedAt: Number(startedAt), id };
	throw new HttpError(400, 'input', 'before: it must be the "next" of another page');
}

/** Joins the executions in memory with the runs in the journals; memory wins where both have a run. */
export function pageOf(live: readonly Execution[], past: readonly PastRun[], request: PageRequest): ExecutionPage {
	const known = new Set(live.map(({ id }) => id));
	const entries: Entry[] = [
		...live.map((execution) => ({ ...execution.place, view: () => execution.summary() })),
		...past
			.filter(({ runId }) => !known.has(runId))
			.map((run) => ({ startedAt: run.startedAt, id: run.runId, view: () => pastView(run) })),
	].sort(newestFirst);
	const { before, limit } = request;
	const rest = before ? entries.filter((entry) => newestFirst(before, entry) < 0) : entries;
	const shown = rest.slice(0, limit);
	const last = rest.length > limit ? shown.at(-1) : undefined;
	return present({
		executions: shown.map((entry) => entry.view()),
		next: last && `${last.startedAt}-${last.id}`,
	});
}

function newestFirst(one: Place, other: Place): number {
	if (one.startedAt !== other.startedAt) return other.startedAt - one.startedAt;
	if (one.id === other.id) return 0;
	return one.id > other.id ? -1 : 1;
}

function pastView({ runId, question, startedAt, end }: PastRun): PastView {
	return present({
		id: runId,
		status: end?.outcome ?? 'interrupted',
		query: question,
		startedAt: new Date(startedAt).toISOString(),
		endedAt: end && new Date(end.at).toISOString(),
		mode: end?.mode,
		iterations: end?.iterations,
		totals: end?.totals,
	});
}
