import type { AttemptUse, ModelCall, ModelReply } from '../../src/core/ports/model.ts';
import type { Pool } from '../../src/pool/pool.ts';
import { observer } from './observers.ts';

/** A place of llama.cpp, as `/slots` tells. */
interface Slot {
	readonly is_processing: boolean;
}

/** What a real llama.cpp server at an address tells of itself. */
export function lookAt(url: string) {
	const get = async (path: string): Promise<Response> => {
		const response = await fetch(`${url}${path}`);
		if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`);
		return response;
	};
	const post = async (path: string, body: object) => {
		const response = await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) });
		return (await response.json()) as Record<string, unknown>;
	};
	return {
		/** How many of its places work. */
		async busy(): Promise<number> {
			const slots = (await (await get('/slots')).json()) as Slot[];
			return slots.filter((slot) => slot.is_processing).length;
		},
		/** One figure of its metrics. */
		async figure(name: string): Promise<number> {
			const line = new RegExp(`^llamacpp:${name} (\\S+)$`, 'm').exec(await (await get('/metrics')).text());
			return Number(line?.[1]);
		},
		/** Tokens of a conversation in the model's own format, as its tokenizer counts them. */
		async tokens(messages: ModelCall['messages']): Promise<number> {
			const { prompt } = await post('/apply-template', { messages });
			const { tokens } = await post('/tokenize', { content: prompt, add_special: true });
			return (tokens as unknown[]).length;
		},
	};
}

/** A call as it went. */
export interface WatchedCall {
	readonly reply: Promise<ModelReply>;
	readonly deltas: string[];
	/** Categories of the attempts that failed. */
	readonly failures: string[];
	/** Attempts that were made, by their model. */
	readonly sent: string[];
	/** What those of them counted that have ended. */
	readonly used: AttemptUse[];
	/** Resolves with the first piece of the reply. */
	readonly started: Promise<void>;
}

/** Calls a model through a pool and notes what happens. */
export function watchedCall(
	pool: Pool,
	content: string,
	{ signal = new AbortController().signal, ...call }: Partial<ModelCall> & { readonly signal?: AbortSignal } = {},
): WatchedCall {
	const { promise: started, resolve: start } = Promise.withResolvers<void>();
	const [deltas, failures, sent, used]: [string[], string[], string[], AttemptUse[]] = [[], [], [], []];
	const watched = observer({
		onDelta: (text) => {
			deltas.push(text);
			start();
		},
		onAttempt: ({ model }) => {
			sent.push(model);
			return (use) => {
				if (use) used.push(use);
			};
		},
		onAttemptFailed: ({ category }) => failures.push(category),
	});
	const asked = {
		messages: [{ role: 'user' as const, content }],
		role: 'sub' as const,
		runId: 'r',
		conversationId: content,
	};
	return { reply: pool.call({ ...asked, ...call }, watched, signal), deltas, failures, sent, used, started };
}
