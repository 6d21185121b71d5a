import { ConfigError, reasonOf, SandboxError, throwIfCancelled } from '../../../core/errors.ts';
import type { SandboxFactory } from '../../../core/ports/sandbox.ts';
import { connect } from './connect.ts';
import { RemoteSandbox } from './remoteSandbox.ts';

export interface RemoteSandboxOptions {
	/** Address of a sandbox server: `http://…` or `https://…`. */
	readonly url: string;
	/** The token that the server expects; requested for each session. Undefined when it needs none. */
	readonly token?: () => string | undefined | Promise<string | undefined>;
	/** Name of the variable that should hold the token, for the message when it is missing. */
	readonly tokenName?: string;
	/** Diagnostics, one line each. */
	readonly log?: (message: string) => void;
}

/** Makes sandboxes on another machine. Texts and code go there; keys and model calls stay here. */
export function createRemoteSandboxes(options: RemoteSandboxOptions): SandboxFactory {
	const { url, tokenName, log = () => {} } = options;
	const alive = new Set<RemoteSandbox>();
	const disposed = new AbortController();
	const token = async () => {
		const value = await options.token?.();
		if (value === undefined && tokenName !== undefined) {
			const problem = `the environment variable ${tokenName} is not set`;
			throw new ConfigError('settings', 'sandbox.tokenEnv', problem, 'Set it where RLM is started, or name another.');
		}
		return value;
	};
	const open = async (signal: AbortSignal) => {
		throwIfCancelled(signal);
		try {
			throwIfCancelled(disposed.signal);
			const connection = await connect({ url, token: await token() }, AbortSignal.any([signal, disposed.signal]));
			if (!disposed.signal.aborted) return connection;
			connection.webSocket.terminate();
		} catch (error) {
			// Failures that result from disposing the factory are reported as that.
			if (!disposed.signal.aborted) throw error;
		}
		throw new SandboxError('disposed', 'the sandboxes have been disposed of');
	};
	return {
		async create(sandboxOptions, signal) {
			const connection = await open(signal);
			const sandbox = new RemoteSandbox(url, connection, sandboxOptions, () => alive.delete(sandbox));
			alive.add(sandbox);
			try {
				await sandbox.open(sandboxOptions, signal);
				return sandbox;
			} catch (error) {
				log(`no sandbox: ${reasonOf(error)}`);
				await sandbox.dispose();
				throw error;
			}
		},
		prepare() {
			// A server always has an interpreter ready.
		},
		async dispose() {
			disposed.abort();
			await Promise.all([...alive].map((sandbox) => sandbox.dispose()));
		},
	};
}
