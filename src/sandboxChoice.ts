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
	/** Where it runs when the settings do not say; `worker` when absent. */
	readonly isolation?: Isolation;
	/** Folder with the interpreter's files. */
	readonly vaultFolder: string;
	/** Script of the sandbox's worker thread. */
	readonly workerScript: URL | string;
	/** Bundle of the sandbox's process. */
	readonly processScript: string;
	/** The token of the sandbox server where the settings name no variable that holds it; undefined when there is none. */
	readonly sandboxToken?: () => Promise<string | undefined>;
}

/** How far model-written code would be kept away from this machine, without an engine. @throws CancelledError */
export async function isolationOf(choice: SandboxChoice, signal: AbortSignal): Promise<IsolationReport> {
	const sandboxes = createSandboxes(choice, () => {});
	try {
		return await measureIsolation(deploymentOf(choice), sandboxes, signal);
	} finally {
		await sandboxes.dispose();
	}
}

/** The deployment that the settings name, else the host. */
export function deploymentOf({ settings, isolation }: SandboxChoice): Isolation {
	return settings.sandbox?.isolation ?? isolation ?? 'worker';
}

/** Makes the sandboxes of the chosen deployment. */
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

/** The server that the settings name. Its token is looked up when it is needed: in the environment, or by the host. */
function remoteOptions(options: SandboxChoice, log: (message: string) => void): RemoteSandboxOptions {
	const { url = '', tokenEnv } = options.settings.sandbox ?? {};
	if (tokenEnv === undefined) return present({ url, log, token: options.sandboxToken });
	return { url, log, token: () => process.env[tokenEnv]?.trim() || undefined, tokenName: tokenEnv };
}
