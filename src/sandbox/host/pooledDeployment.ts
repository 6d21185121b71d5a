import type { IsolationLayer } from '../../core/ports/sandbox.ts';
import type { HostedInterpreter } from './hostedInterpreter.ts';
import type { Deployment } from './sandboxFactory.ts';
import { WarmPool } from './warmPool.ts';

export interface PooledDeploymentOptions {
	readonly layers: readonly IsolationLayer[];
	/** Memory of an unused interpreter. Bytes. */
	readonly spareBytes: number;
	reservedNames(): Promise<readonly string[]>;
	/** Starts an unassigned interpreter. @throws SandboxError */
	start(): Promise<HostedInterpreter>;
	inUse(): number;
}

/** A deployment whose interpreters start ahead of their use. */
export function pooledDeployment({ layers, reservedNames, ...pool }: PooledDeploymentOptions): Deployment {
	const spares = new WarmPool(pool);
	return {
		layers,
		reservedNames,
		async start(options) {
			const interpreter = await spares.take();
			interpreter.begin(options);
			return interpreter;
		},
		prepare: () => spares.prepare(),
		dispose: () => spares.dispose(),
	};
}
