import { ModelError } from '../core/errors.ts';
import type { CallOptions, ChatReply, ChatRequest } from '../core/ports/model.ts';
import { stopTexts } from './replyText.ts';

/** Options that a reply can do without. */
type Dispensable = 'temperature' | 'topP' | 'stop' | 'prefill' | 'thinking';

/** How servers name an option that they refuse. */
const NAMES: readonly (readonly [Dispensable, RegExp])[] = [
	['temperature', /temperature/i],
	['topP', /top_p/i],
	['stop', /\bstop_sequences?\b|['"`]stop['"`]|\bparameter:? stop\b/i],
	['thinking', /chat_template_kwargs|enable_thinking|support thinking|['"`](?:think|reasoning)['"`]/i],
];

/** Asks servers again without the options that they refuse, and remembers those of each model. */
export class RefusedOptions {
	readonly #refused = new Map<string, ReadonlySet<Dispensable>>();

	/**
	 * @param attempt makes the request without the options that were refused. Stop texts stay in it, because whoever reads
	 * the reply looks for them too; `sendsStop` says whether the server gets them
	 * @throws what `attempt` throws
	 */
	async ask(
		request: ChatRequest,
		attempt: (request: ChatRequest, sendsStop: boolean) => Promise<ChatReply>,
	): Promise<ChatReply> {
		const dropped = new Set(this.#refused.get(request.model));
		for (;;) {
			const asked = without(request, dropped);
			try {
				const reply = await attempt(asked, !dropped.has('stop'));
				if (dropped.size > 0) this.#refused.set(request.model, dropped);
				return reply;
			} catch (error) {
				const refused = refusedOption(asked, error);
				if (refused === undefined || dropped.has(refused)) throw error;
				dropped.add(refused);
			}
		}
	}

	/** Whether the model refused an option before. */
	has(model: string, option: Dispensable): boolean {
		return this.#refused.get(model)?.has(option) ?? false;
	}
}

/** The option that a failure blames. Servers name the prefill in too many ways, so it is dropped last, on suspicion. */
function refusedOption(request: CallOptions, error: unknown): Dispensable | undefined {
	if (!(error instanceof ModelError) || error.category !== 'bad-request') return undefined;
	const named = NAMES.find(([option, name]) => isSent(request, option) && name.test(error.message));
	if (named) return named[0];
	return request.prefill === undefined ? undefined : 'prefill';
}

function isSent(request: CallOptions, option: Dispensable): boolean {
	return option === 'stop' ? stopTexts(request).length > 0 : request[option] !== undefined;
}

function without(request: ChatRequest, dropped: ReadonlySet<Dispensable>): ChatRequest {
	const kept = Object.entries(request).filter(([name]) => name === 'stop' || !dropped.has(name as Dispensable));
	return Object.fromEntries(kept) as unknown as ChatRequest;
}
