import { vaultFolder, workerScript } from '../assets.ts';
import { aborted } from '../core/abort.ts';
import { createWorkerSandboxes } from '../sandbox/host/workerSandbox.ts';
import { startSandboxServer } from '../service/sandboxServer/sandboxServer.ts';
import { DEFAULT_TENANT_LIMITS, type TenantLimits } from '../service/sandboxServer/tenants.ts';
import { print } from './output.ts';
import { EXIT } from './report.ts';
import { type ServingOptions, serverLog, takeToken } from './serving.ts';

/** Options of `rlm sandbox-server`. Limits apply per token. */
export interface SandboxServerCommandOptions extends ServingOptions {
	/** Environment variables, each with the token of one tenant. */
	readonly tokenEnv: readonly string[];
	readonly maxSessions?: number;
	readonly maxCells?: number;
	readonly memoryMb?: number;
	readonly contextMb?: number;
	readonly idleSeconds?: number;
	readonly lifetimeSeconds?: number;
	readonly drainSeconds?: number;
}

/**
 * Serves sandboxes until the signal fires.
 * @returns the exit code
 * @throws InputError when a token is missing, or the address cannot be used
 */
export async function sandboxServer(options: SandboxServerCommandOptions, signal: AbortSignal): Promise<number> {
	const log = serverLog(options);
	const sandboxes = createWorkerSandboxes({ vaultFolder, workerScript, log: (message) => log.warn(message) });
	try {
		const { host, port } = options;
		const owners = options.tokenEnv.map((name) => ({ name, token: takeToken(name) }));
		const server = await startSandboxServer({ host, port, owners, limits: limitsOf(options), sandboxes, log });
		print(`sandbox server on ${server.url}`);
		await aborted(signal);
		log.info('ending');
		await server.close((options.drainSeconds ?? 0) * 1000);
		return EXIT.answered;
	} finally {
		await sandboxes.dispose();
	}
}

function limitsOf(options: SandboxServerCommandOptions): TenantLimits {
	const { sessions, cells, memoryBytes, contextBytes, idleMs, lifetimeMs } = DEFAULT_TENANT_LIMITS;
	const scaled = (value: number | undefined, factor: number, usual: number) =>
		value === undefined ? usual : value * factor;
	return {
		sessions: options.maxSessions ?? sessions,
		cells: options.maxCells ?? cells,
		memoryBytes: scaled(options.memoryMb, 1 << 20, memoryBytes),
		contextBytes: scaled(options.contextMb, 1 << 20, contextBytes),
		idleMs: scaled(options.idleSeconds, 1000, idleMs),
		lifetimeMs: scaled(options.lifetimeSeconds, 1000, lifetimeMs),
	};
}
