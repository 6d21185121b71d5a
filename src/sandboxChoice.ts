import type { Isolation, SandboxFactory } from './core/ports/sandbox.ts';
import { present } from './core/present.ts';
import { type IsolationReport, measureIsolation } from './sandbox/host/isolationReport.ts';
import { createProcessSandboxes } from './sandbox/host/process/processSandboxes.ts';
import { createRemoteSandboxes, type RemoteSandboxOptions } from './sandbox/host/remote/remoteSandboxes.ts';
import { createWorkerSandboxes } from './sandbox/host/workerSandbox.ts';
import type { Settings } from './settings/settings.ts';

/** What decides where model-written code runs. */
export interface SandboxChoice {
	readonly settings: Pick<Settings, 'sandbox'>;
	/** Deployment if the settings name none; `worker` when absent. */
	readonly isolation?: Isolation;
	/** Folder of the interpreter's files. */
	readonly vaultFolder: string;
	/** Script of the sandbox's worker thread. */
	readonly workerScript: URL | string;
	/** Bundle of the sandbox's process. */
	readonly processScript: string;
	/** Token of the sandbox server if the settings name no variable for it; undefined when there is none. */
	readonly sandboxToken?: () => Promise<string | undefined>;
}

/**
 * Measures how well model-written code would be isolated from this machine, without an engine. @throws CancelledError
 */
export async function isolationOf(choice: SandboxChoice, signal: AbortSignal): Promise<IsolationReport> {
	const sandboxes = createSandboxes(choice, () => {});
	try {
		return await measureIsolation(deploymentOf(choice), sandboxes, signal);
	} finally {
		await sandboxes.dispose();
	}
}

/** The deployment named by the settings, else the host's. */
export function deploymentOf({ settings, isolation }: SandboxChoice): Isolation {
	return settings.sandbox?.isolation ?? isolation ?? 'worker';
}

/** Creates the sandboxes of the chosen deployment. */
export function createSandboxes(options: SandboxChoice, log: (message: string) => void): SandboxFactory {
	const { vaultFolder, workerScript, processScript } = options;
	switch (deploymentOf(options)) {
		case 'process':
			return createProcessSandboxes({ vaultFolder, processScript, log });
		case 'remote':
			return createRemoteSandboxes(remoteOptions(options, log));
		case 'worker':
			return createWorkerSandboxes({ vaultFolder, workerScript, log });
	}
}

/** The server named by the settings. Its token is looked up on use, in the environment or by the host. */
function remoteOptions(options: SandboxChoice, log: (message: string) => void): RemoteSandboxOptions {
	const { url = '', tokenEnv } = options.settings.sandbox ?? {};
	if (tokenEnv === undefined) return present({ url, log, token: options.sandboxToken });
	return { url, log, token: () => process.env[tokenEnv]?.trim() || undefined, tokenName: tokenEnv };
}
