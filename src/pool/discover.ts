import { CancelledError, ModelError } from '../core/errors.ts';
import { TokenEstimator } from '../models/estimate.ts';
import { createOllamaProvider } from '../models/ollama.ts';
import { createOpenAiProvider } from '../models/openai.ts';
import type { ServerSettings } from './settings.ts';

/** A local server that people run, and where it listens unless told otherwise. */
interface UsualServer {
	readonly id: string;
	readonly kind: 'ollama' | 'openai';
	readonly port: number;
}

/** In the order of preference. */
const USUAL_SERVERS: readonly UsualServer[] = [
	{ id: 'ollama', kind: 'ollama', port: 11434 },
	{ id: 'lmstudio', kind: 'openai', port: 1234 },
	{ id: 'llamacpp', kind: 'openai', port: 8080 },
	{ id: 'vllm', kind: 'openai', port: 8000 },
];

/** Models that servers list beside those for chat. */
const NO_CHAT = /embed|rerank/i;

/** A local server answers within this, or it is not there. Whole probe, ms. */
const DEADLINE_MS = 1_500;

/**
 * Looks for local model servers on their usual ports, all at once. Only servers that list at least one model for chat are found;
 * models in memory come first.
 * @param ports others than the usual ones, by id, for tests
 * @throws CancelledError
 */
export async function discoverServers(
	signal: AbortSignal,
	ports: Readonly<Record<string, number>> = {},
): Promise<readonly ServerSettings[]> {
	const found = await Promise.all(
		USUAL_SERVERS.map((usual) => look({ ...usual, port: ports[usual.id] ?? usual.port }, signal)),
	);
	if (signal.aborted) throw new CancelledError();
	return found.filter((server) => server !== undefined);
}

async function look({ id, kind, port }: UsualServer, signal: AbortSignal): Promise<ServerSettings | undefined> {
	const url = `http://127.0.0.1:${port}`;
	const create = kind === 'ollama' ? createOllamaProvider : createOpenAiProvider;
	const provider = create({ id, url, estimator: new TokenEstimator() });
	try {
		const { models } = await provider.probe(AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]));
		const usable = models.filter(({ name }) => !NO_CHAT.test(name));
		if (usable.length === 0) return undefined;
		usable.sort((a, b) => Number(b.isLoaded ?? false) - Number(a.isLoaded ?? false));
		return { id, kind, url, models: usable.map(({ name }) => name) };
	} catch (error) {
		if (error instanceof ModelError || error instanceof CancelledError) return undefined;
		throw error;
	} finally {
		provider.dispose?.();
	}
}
