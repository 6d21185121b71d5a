import { type FailureCategory, ModelError } from '../../src/core/errors.ts';
import type { ChatRequest, ModelCall, Provider } from '../../src/core/ports/model.ts';
import { createPool, type Pool, type PoolOptions } from '../../src/pool/pool.ts';
import type { ServerSettings } from '../../src/settings/servers.ts';
import { type JumpingClock, jumpingClock } from './clocks.ts';
import { observer } from './observers.ts';

const NEVER = new AbortController().signal;

/** What a fake server does at one call: answers, fails, or waits until it is let go. */
type Act = 'ok' | FailureCategory | Promise<void> | ModelError;

/** A pool of fakes. */
export interface Fleet {
	readonly pool: Pool;
	/** Server id and newest message of every attempt, in the order in which they were sent. */
	readonly sent: string[];
	/** Waits between attempts, ms. */
	readonly sleeps: number[];
	readonly clock: JumpingClock;
}

/** A server of the settings with one model and a small window. */
export function server(id: string, extra: Partial<ServerSettings> = {}): ServerSettings {
	return { id, kind: 'openai', url: 'http://localhost:1', models: ['m'], contextLength: 1000, ...extra };
}

/** A pool of servers that act as told, one act a call; then they answer. */
export function fleet(
	servers: readonly ServerSettings[],
	acts: Record<string, Act[]> = {},
	{ countTokens, ...extra }: Partial<PoolOptions> & { readonly countTokens?: number | undefined } = {},
): Fleet {
	const sent: string[] = [];
	const clock = jumpingClock(1);
	const provider = (id: string): Provider => ({
		async chat(request: ChatRequest, onDelta) {
			sent.push(`${id}:${request.messages.at(-1)?.content}`);
			const act = acts[id]?.shift() ?? 'ok';
			if (act instanceof ModelError) throw act;
			if (typeof act === 'string' && act !== 'ok') {
				if (act === 'stream-cut') onDelta('half', 'text');
				throw new ModelError(`${id} failed`, { category: act, server: id });
			}
			if (typeof act !== 'string') await act;
			onDelta('reply', 'text');
			return {
				text: `reply of ${id}`,
				reasoning: '',
				finishReason: 'stop',
				usage: { promptTokens: 1000, completionTokens: 100, cachedPromptTokens: 400, isEstimate: false },
				model: request.model,
				firstTokenMs: 1,
				durationMs: 2,
			};
		},
		probe: async () => ({ models: [{ name: 'listed' }, { name: 'loaded', isLoaded: true }] }),
		contextTokens: async () => undefined,
		countTokens: async () => countTokens,
	});
	const pool = createPool({
		servers,
		apiKey: async () => undefined,
		createProvider: async ({ id }) => provider(id),
		clock,
		...extra,
	});
	return { pool, sent, sleeps: clock.waits, clock };
}

/** Lists the failed attempts of a call: server, category, what follows. */
export function watch() {
	const steps: string[] = [];
	const watched = observer({
		onAttemptFailed: ({ server: id, category, restartsReply, next }) =>
			steps.push(`${id} ${category} ${next.kind}${restartsReply ? ' restarts' : ''}`),
	});
	return { steps, observer: watched };
}

/** A short sub-call. */
export function call(
	pool: Pool,
	extra: Partial<ModelCall> = {},
	watched = watch().observer,
	signal: AbortSignal = NEVER,
) {
	const request: ModelCall = {
		role: 'sub',
		messages: [{ role: 'user', content: 'q' }],
		runId: 'r',
		conversationId: 'c',
		...extra,
	};
	return pool.call(request, watched, signal);
}

/** Makes a call ask this. */
export const asking = (content: string): Partial<ModelCall> => ({ messages: [{ role: 'user', content }] });
