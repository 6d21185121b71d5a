// One process of a fleet: scripted servers that are told over the process's own channel what to do.

import { setTimeout as delay } from 'node:timers/promises';
import { present } from '../../src/core/present.ts';
import type { FleetAnswer, FleetOrder, ServerLog } from './fleet.ts';
import { type FleetServerPlan, replyOf } from './fleetPlan.ts';
import {
	type ScriptedReply,
	type ScriptedRequest,
	type ScriptedServer,
	type ScriptedServerOptions,
	startScriptedServer,
} from './scriptedServer.ts';

/** A server of the plan and its log, through all its restarts. */
class FleetServer {
	readonly plan: FleetServerPlan;
	#server: ScriptedServer | undefined;
	#port = 0;
	#models: readonly string[] | undefined;
	readonly #tries = new Map<string, number>();
	readonly #faults: Record<string, number> = {};
	readonly #keys: Record<string, number> = {};
	#chats = 0;

	constructor(plan: FleetServerPlan) {
		this.plan = plan;
		this.#models = plan.models;
	}

	async start(): Promise<void> {
		this.#server = await startScriptedServer(
			present<ScriptedServerOptions>({
				kind: this.plan.kind,
				port: this.#port,
				script: (request) => this.#reply(request),
				models: this.#models ? this.#models.map((name) => ({ name })) : undefined,
			}),
		);
		this.#port = Number(new URL(this.#server.url).port);
	}

	get url(): string {
		return `http://127.0.0.1:${this.#port}`;
	}

	async stop(): Promise<void> {
		await this.#server?.stop();
	}

	async restart(downMs: number, models: readonly string[] | undefined): Promise<void> {
		await this.stop();
		await delay(downMs);
		this.#models = models ?? this.#models;
		await this.start();
	}

	log(): ServerLog {
		return {
			id: this.plan.id,
			chats: this.#chats,
			lookups: this.#server?.lookups.length ?? 0,
			faults: { ...this.#faults },
			keys: { ...this.#keys },
			openConnections: this.#server?.openConnections ?? 0,
			closedEarly: this.#server?.closedEarly ?? 0,
		};
	}

	#reply(request: ScriptedRequest): ScriptedReply {
		this.#chats++;
		const key = request.headers.authorization?.toString().replace('Bearer ', '') ?? '';
		this.#keys[key] = (this.#keys[key] ?? 0) + 1;
		if (this.plan.apiKeys && !this.plan.apiKeys.includes(key)) return { status: 401, body: 'invalid key' };
		const tryNumber = this.#tries.get(request.text) ?? 0;
		this.#tries.set(request.text, tryNumber + 1);
		const reply = replyOf(this.plan, request, tryNumber);
		const name = reply.fault ?? (reply.status === undefined ? 'none' : String(reply.status));
		this.#faults[name] = (this.#faults[name] ?? 0) + 1;
		return reply;
	}
}

const servers = new Map<string, FleetServer>();

const orders: { [Kind in FleetOrder['kind']]: (order: Extract<FleetOrder, { kind: Kind }>) => Promise<unknown> } = {
	start: async ({ plans }) => {
		for (const plan of plans) {
			const server = new FleetServer(plan);
			await server.start();
			servers.set(plan.id, server);
		}
		return Object.fromEntries([...servers].map(([id, server]) => [id, server.url]));
	},
	log: async () => [...servers.values()].map((server) => server.log()),
	restart: async ({ id, downMs, models }) => servers.get(id)?.restart(downMs, models),
	stop: async ({ id }) => servers.get(id)?.stop(),
};

process.on('message', (order: FleetOrder & { number: number }) => {
	const carryOut = orders[order.kind] as (order: FleetOrder) => Promise<unknown>;
	carryOut(order).then(
		(result) => process.send?.({ number: order.number, result } satisfies FleetAnswer),
		(error: unknown) => process.send?.({ number: order.number, error: String(error) } satisfies FleetAnswer),
	);
});
process.once('disconnect', () => process.exit());
