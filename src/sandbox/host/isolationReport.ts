import { explain } from '../../core/errors.ts';
import {
	ISOLATION_LAYERS,
	type Isolation,
	type IsolationLayer,
	type QueryReply,
	type SandboxFactory,
	type SandboxHost,
} from '../../core/ports/sandbox.ts';

/** Memory of the interpreter that is started to measure the layers. Bytes. */
const MEMORY_BYTES = 256 << 20;

/** A missing layer, and why: one sentence for a person. */
export interface MissingLayer {
	readonly layer: IsolationLayer;
	readonly why: string;
}

/** How well model-written code is kept away from this machine, as an interpreter measured it at start. */
export interface IsolationReport {
	readonly deployment: Isolation;
	/** The layers that hold, innermost first; empty when no sandbox starts. */
	readonly layers: readonly IsolationLayer[];
	readonly missing: readonly MissingLayer[];
	/** Why no sandbox starts; absent when one does. */
	readonly problem?: string;
}

/** Starts a sandbox, reads its layers, and ends it. Rejects only when the signal fires. @throws CancelledError */
export async function measureIsolation(
	deployment: Isolation,
	sandboxes: SandboxFactory,
	signal: AbortSignal,
): Promise<IsolationReport> {
	try {
		const sandbox = await sandboxes.create(
			{ contexts: [], histories: [], tools: {}, memoryBytes: MEMORY_BYTES, host: NO_HOST },
			signal,
		);
		const layers = [...sandbox.isolation];
		await sandbox.dispose();
		const missing = ISOLATION_LAYERS.filter((layer) => !layers.includes(layer));
		return { deployment, layers, missing: missing.map((layer) => ({ layer, why: whyMissing(layer, deployment) })) };
	} catch (error) {
		if (signal.aborted) throw error;
		return { deployment, layers: [], missing: [], problem: explain(error).message };
	}
}

/** Formats the report as one line: `process: imports, realm, permissions; without namespaces (why)`. */
export function describeIsolation({ deployment, layers, missing, problem }: IsolationReport): string {
	if (problem !== undefined) return `${deployment}: does not start: ${problem}`;
	const whys = [...new Set(missing.map(({ why }) => why))];
	const absent = whys.map((why) => {
		const names = missing.filter((one) => one.why === why).map(({ layer }) => layer);
		return `; without ${names.join(' and ')} (${why})`;
	});
	return `${deployment}: ${layers.join(', ')}${absent.join('')}`;
}

function whyMissing(layer: IsolationLayer, deployment: Isolation): string {
	if (deployment === 'remote') return 'the sandbox server runs without';
	if (deployment === 'worker')
		return 'a worker thread shares the process of its host; sandbox.isolation process has more';
	if (layer === 'permissions') return `the permission model of Node ${process.versions.node} does not hold here`;
	if (process.platform !== 'linux') return `${process.platform} has none that a program without rights may use`;
	return 'this system allows no user namespaces without rights, or has no unshare and setpriv';
}

const REFUSED: QueryReply = { text: 'nobody is here to answer', failure: 'refused' };

const NO_HOST: SandboxHost = { query: (queries) => queries.map(async () => REFUSED), budget: () => ({}) };
