import { setTimeout as sleep } from 'node:timers/promises';
import { ISOLATIONS, type Isolation, type SandboxFactory } from '../../src/core/ports/sandbox.ts';
import { DEPLOYMENTS, livingInterpreters } from '../support/sandboxes.ts';
import { SandboxServerProcess } from '../support/sandboxServerProcess.ts';

export type TargetName = Isolation;

export const TARGET_NAMES: readonly TargetName[] = ISOLATIONS;

/** A session that was closed may take this long to be gone from a server. ms */
const GONE_MS = 10_000;

/** Sandboxes under attack, and the host that must not be harmed. */
export interface Target {
	readonly factory: SandboxFactory;
	/** Process of the host. */
	readonly pid: number;
	/** What the host must keep to itself. */
	readonly secrets: readonly string[];
	/** Names that all objects of the host have and did not have at first. @throws when the host is dead or hangs */
	pollution(): Promise<readonly string[]>;
	/** Ends everything. @returns how many sandboxes or interpreters are still there */
	dispose(): Promise<number>;
}

/** @param environment canaries of the host's environment */
export async function openTarget(
	name: TargetName,
	environment: Readonly<Record<string, string>>,
	log: (message: string) => void = () => {},
): Promise<Target> {
	return name === 'remote' ? openServer(environment, log) : openHere(name, environment, log);
}

/** The host is this process. */
function openHere(
	name: keyof typeof DEPLOYMENTS,
	environment: Readonly<Record<string, string>>,
	log: (message: string) => void,
): Target {
	const livingBefore = livingInterpreters();
	const namesBefore = sharedNames();
	Object.assign(process.env, environment);
	const factory = DEPLOYMENTS[name](log);
	return {
		factory,
		pid: process.pid,
		secrets: Object.values(environment),
		pollution: async () => [...sharedNames()].filter((shared) => !namesBefore.has(shared)),
		async dispose() {
			await factory.dispose();
			for (const variable of Object.keys(environment)) delete process.env[variable];
			return livingInterpreters() - livingBefore;
		},
	};
}

async function openServer(
	environment: Readonly<Record<string, string>>,
	log: (message: string) => void,
): Promise<Target> {
	const server = await SandboxServerProcess.start(environment);
	const factory = server.client(log);
	return {
		factory,
		pid: server.pid,
		secrets: [...Object.values(environment), server.token],
		async pollution() {
			if (!server.isAlive) throw new Error('the sandbox server has ended');
			return server.pollution();
		},
		async dispose() {
			await factory.dispose();
			const left = server.isAlive ? await sessionsLeft(server) : 0;
			await server.stop();
			return left;
		},
	};
}

async function sessionsLeft(server: SandboxServerProcess): Promise<number> {
	for (const start = Date.now(); ; ) {
		const sessions = await server.sessions();
		if (sessions === 0 || Date.now() - start > GONE_MS) return sessions;
		await sleep(50);
	}
}

/** What every object, list and function of this process has. */
function sharedNames(): Set<string> {
	const shared = [Object.prototype, Array.prototype, Function.prototype, Promise.prototype, Map.prototype];
	return new Set(shared.flatMap((object) => Reflect.ownKeys(object).map(String)));
}
