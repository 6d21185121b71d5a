import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { present } from '../../src/core/present.ts';
import type { FleetServerPlan } from './fleetPlan.ts';
import type { Wire } from './scripted/types.ts';

/** What one server of a fleet has seen. */
export interface ServerLog {
	readonly id: string;
	readonly chats: number;
	readonly lookups: number;
	/** Chat requests by the fault or status that they met; `none` for the plain ones. */
	readonly faults: Readonly<Record<string, number>>;
	/** Chat requests by the key that they came with. */
	readonly keys: Readonly<Record<string, number>>;
	readonly openConnections: number;
	readonly closedEarly: number;
}

export type FleetOrder =
	| { readonly kind: 'start'; readonly plans: readonly FleetServerPlan[] }
	| { readonly kind: 'log' }
	| { readonly kind: 'restart'; readonly id: string; readonly downMs: number; readonly models?: readonly string[] }
	| { readonly kind: 'stop'; readonly id: string };

export interface FleetAnswer {
	readonly number: number;
	readonly result?: unknown;
	readonly error?: string;
}

/** Scripted servers in processes of their own. The caller stops it. */
export interface Fleet {
	/** A server entry for the settings. */
	settings<E extends object>(id: string, extra?: E): { id: string; kind: Wire; url: string } & E;
	/** What every server has seen so far. */
	logs(): Promise<readonly ServerLog[]>;
	/** Breaks all connections of a server and serves again after a while, possibly with other models. */
	restart(id: string, downMs: number, models?: readonly string[]): Promise<void>;
	/** Breaks all connections of a server, which does not come back. */
	stopServer(id: string): Promise<void>;
	/** Kills the process of a server, and with it the others in it. */
	kill(id: string): Promise<void>;
	/** Idempotent. */
	stop(): Promise<void>;
}

/** Starts a fleet. @param processes over which the servers are spread in turn */
export async function startFleet(plans: readonly FleetServerPlan[], processes: number): Promise<Fleet> {
	const children = Array.from({ length: processes }, () => new FleetChild());
	const childOf = new Map(plans.map((plan, index) => [plan.id, children[index % processes] as FleetChild]));
	const urls: Record<string, string> = {};
	for (const child of children) {
		const own = plans.filter(({ id }) => childOf.get(id) === child);
		Object.assign(urls, await child.order({ kind: 'start', plans: own }));
	}
	const child = (id: string) => childOf.get(id) as FleetChild;
	return {
		settings: <E extends object>(id: string, extra?: E) => ({
			id,
			kind: plans.find((plan) => plan.id === id)?.kind as Wire,
			url: urls[id] as string,
			...(extra as E),
		}),
		logs: async () => {
			const logs = await Promise.all(children.filter((one) => one.isAlive).map((one) => one.order({ kind: 'log' })));
			return logs.flat() as ServerLog[];
		},
		restart: async (id, downMs, models) => {
			await child(id).order(present({ kind: 'restart', id, downMs, models }));
		},
		stopServer: async (id) => {
			await child(id).order({ kind: 'stop', id });
		},
		kill: (id) => child(id).kill(),
		stop: async () => {
			await Promise.all(children.map((one) => one.kill()));
		},
	};
}

class FleetChild {
	readonly #process: ChildProcess;
	readonly #exited: Promise<unknown>;
	readonly #open = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
	#number = 0;
	isAlive = true;

	constructor() {
		const script = path.join(import.meta.dirname, 'fleetProcess.ts');
		this.#process = fork(script, { execArgv: ['--disable-warning=ExperimentalWarning'] });
		this.#exited = once(this.#process, 'exit').then(() => {
			this.isAlive = false;
			for (const { reject } of this.#open.values()) reject(new Error('the process of the fleet has ended'));
		});
		this.#process.on('message', ({ number, result, error }: FleetAnswer) => {
			const waiting = this.#open.get(number);
			this.#open.delete(number);
			if (error === undefined) waiting?.resolve(result);
			else waiting?.reject(new Error(error));
		});
	}

	order(order: FleetOrder): Promise<unknown> {
		return new Promise((resolve, reject) => {
			const number = this.#number++;
			this.#open.set(number, { resolve, reject });
			this.#process.send({ ...order, number });
		});
	}

	async kill(): Promise<void> {
		if (this.isAlive) this.#process.kill('SIGKILL');
		await this.#exited;
	}
}
