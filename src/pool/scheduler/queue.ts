import type { ModelRole } from '../../core/ports/model.ts';
import { Heap } from './heap.ts';
import type { Job, Target } from './job.ts';
import type { ServerState } from './serverState.ts';

/** The calls of one role of one run; flows share the servers evenly. */
export interface Flow {
	readonly key: string;
	readonly runId: string;
	readonly role: ModelRole;
	/** Virtual start time of its next job: the work done so far. */
	tag: number;
	/** Attempts in progress. */
	running: number;
	queued: number;
	readonly lanes: Map<string, Lane>;
}

/** Jobs of one flow that the same servers may serve, in order of submission. */
export interface Lane {
	/** Shared by all lanes with these servers and models. */
	readonly key: string;
	readonly targets: readonly Target[];
	first: Job | undefined;
	last: Job | undefined;
	size: number;
}

/** Idle flows are forgotten beyond this number. */
const IDLE_FLOWS = 64;

/**
 * Start-time fair queueing (Goyal, Vin and Cheng 1996). Each flow has a virtual time that grows with the work it was
 * given, and the flow with the smallest goes first. A flow that was idle starts at the virtual time of its role.
 */
export class FairQueue {
	readonly #flows = new Map<string, Flow>();
	readonly #virtualTime: Record<ModelRole, number> = { root: 0, sub: 0 };
	#size = 0;

	get size(): number {
		return this.#size;
	}

	/** Runs with something queued or in progress. */
	get activeRuns(): number {
		const runs = new Set<string>();
		for (const { runId, queued, running } of this.#flows.values()) if (queued + running > 0) runs.add(runId);
		return runs.size;
	}

	/** @param isReturning an attempt failed: the job goes to the head of its lane */
	add(job: Job, isReturning: boolean): void {
		const flow = this.#flowOf(job);
		if (flow.queued === 0 && flow.running === 0) flow.tag = Math.max(flow.tag, this.#virtualTime[flow.role]);
		const lane = laneOf(flow, job);
		job.flow = flow;
		job.lane = lane;
		if (isReturning) insertFirst(lane, job);
		else insertLast(lane, job);
		flow.queued++;
		this.#size++;
	}

	remove(job: Job): void {
		const { lane, flow } = job;
		if (!lane || !flow) return;
		if (job.previous) job.previous.next = job.next;
		else lane.first = job.next;
		if (job.next) job.next.previous = job.previous;
		else lane.last = job.previous;
		job.previous = undefined;
		job.next = undefined;
		job.lane = undefined;
		lane.size--;
		flow.queued--;
		this.#size--;
	}

	/** Starts the job: its flow pays for it. */
	charge(job: Job): void {
		const flow = job.flow as Flow;
		this.#virtualTime[flow.role] = Math.max(this.#virtualTime[flow.role], flow.tag);
		flow.tag += job.cost;
		flow.running++;
	}

	/** Ends an attempt. @param cost what it actually took; 0 when it gave nothing */
	settle(job: Job, cost: number): void {
		const flow = job.flow as Flow;
		flow.running--;
		flow.tag += cost - job.cost;
		if (this.#flows.size > IDLE_FLOWS) this.#forgetIdle();
	}

	/** Lanes that have jobs. */
	*lanes(): Iterable<{ readonly role: ModelRole; readonly lane: Lane }> {
		for (const { role, lanes } of this.#flows.values()) {
			for (const lane of lanes.values()) if (lane.size > 0) yield { role, lane };
		}
	}

	/** Servers that queued jobs may go to. @param role of the jobs; absent: all */
	wanted(role?: ModelRole): ReadonlySet<ServerState> {
		const wanted = new Set<ServerState>();
		for (const { role: roleOfLane, lane } of this.lanes()) {
			if (role === undefined || role === roleOfLane) for (const { server } of lane.targets) wanted.add(server);
		}
		return wanted;
	}

	/** The next root call of each run, in order of virtual time. */
	rootHeads(): readonly { readonly job: Job; readonly tag: number }[] {
		const heads: { job: Job; tag: number }[] = [];
		for (const { role, tag, lanes } of this.#flows.values()) {
			if (role === 'root') for (const { first } of lanes.values()) if (first) heads.push({ job: first, tag });
		}
		return heads.sort((a, b) => a.tag - b.tag || a.job.sequence - b.job.sequence);
	}

	/** The queued jobs in the order in which they would be served. */
	walk(): QueueWalk {
		return new QueueWalk([...this.#flows.values()].filter(({ queued }) => queued > 0));
	}

	#flowOf({ request }: Job): Flow {
		const key = `${request.role} ${request.runId}`;
		let flow = this.#flows.get(key);
		if (!flow) {
			const { runId, role } = request;
			flow = { key, runId, role, tag: 0, running: 0, queued: 0, lanes: new Map() };
			this.#flows.set(key, flow);
		}
		return flow;
	}

	#forgetIdle(): void {
		for (const [key, flow] of this.#flows) {
			const isIdle = flow.queued + flow.running === 0;
			if (isIdle && flow.tag <= this.#virtualTime[flow.role]) this.#flows.delete(key);
		}
	}
}

function laneOf(flow: Flow, { targets }: Job): Lane {
	const key = targets.map(({ choice }) => `${choice.serverId} ${choice.model}`).join('\n');
	let lane = flow.lanes.get(key);
	if (!lane) {
		lane = { key, targets, first: undefined, last: undefined, size: 0 };
		flow.lanes.set(key, lane);
	}
	return lane;
}

function insertFirst(lane: Lane, job: Job): void {
	job.next = lane.first;
	if (lane.first) lane.first.previous = job;
	else lane.last = job;
	lane.first = job;
	lane.size++;
}

function insertLast(lane: Lane, job: Job): void {
	job.previous = lane.last;
	if (lane.last) lane.last.next = job;
	else lane.first = job;
	lane.last = job;
	lane.size++;
}

/** How far a walk has come in one flow. */
interface Cursor {
	readonly flow: Flow;
	tag: number;
	/** The next job of each unfinished lane. */
	heads: Job[];
}

/** Walks the queue in order of service without changing it. */
export class QueueWalk {
	readonly #heaps: Record<ModelRole, Heap<Cursor>>;

	constructor(flows: readonly Flow[]) {
		const cursors = (role: ModelRole) =>
			flows
				.filter((flow) => flow.role === role)
				.map(
					(flow): Cursor => ({
						flow,
						tag: flow.tag,
						heads: [...flow.lanes.values()].flatMap(({ first }) => first ?? []),
					}),
				);
		const isBefore = (a: Cursor, b: Cursor) => a.tag < b.tag || (a.tag === b.tag && position(a) < position(b));
		this.#heaps = { root: new Heap(cursors('root'), isBefore), sub: new Heap(cursors('sub'), isBefore) };
	}

	/** The next job of a role. It must stay in the queue until `passed` or `skipLane` was called for it. */
	peek(role: ModelRole): Job | undefined {
		const cursor = this.#heaps[role].peek();
		return cursor && headOf(cursor);
	}

	/** Advances the flow of a planned job. Call it before the job leaves the queue. */
	passed(job: Job): void {
		this.#advance(job, job.next, job.cost);
	}

	/** Skips the job: it cannot be served now, but others of its lane may. */
	skip(job: Job): void {
		this.#advance(job, job.next, 0);
	}

	/** Skips the lane: none of its jobs can be served now. */
	skipLane(job: Job): void {
		this.#advance(job, undefined, 0);
	}

	#advance(job: Job, next: Job | undefined, cost: number): void {
		const heap = this.#heaps[job.request.role];
		const cursor = heap.peek() as Cursor;
		cursor.tag += cost;
		const index = cursor.heads.indexOf(job);
		if (next) cursor.heads[index] = next;
		else cursor.heads.splice(index, 1);
		if (cursor.heads.length === 0) heap.pop();
		else heap.moveFirst();
	}
}

function headOf({ heads }: Cursor): Job | undefined {
	let first = heads[0];
	for (const job of heads) if (first && job.sequence < first.sequence) first = job;
	return first;
}

function position(cursor: Cursor): number {
	return headOf(cursor)?.sequence ?? 0;
}
