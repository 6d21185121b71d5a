import { setTimeout as delay } from 'node:timers/promises';
import { CancelledError, ModelError, reasonOf } from '../../src/core/errors.ts';
import type {
	CallObserver,
	ChatMessage,
	FinishReason,
	ModelCall,
	ModelDescription,
	ModelOffer,
	ModelPort,
	ModelReply,
} from '../../src/core/ports/model.ts';
import { estimateTokens } from '../../src/core/tokens.ts';
import type { Script } from './cases.ts';

const DESCRIPTION: ModelDescription = {
	model: 'scripted',
	server: 'script',
	contextTokens: 400_000,
	isContextKnown: true,
	price: { promptUsd: 0, completionUsd: 0 },
	isBuiltin: false,
	canPrefill: false,
};

/** Plays a script and counts what was asked of it. */
export class ScriptPlayer {
	readonly #script: Script;
	calls = 0;
	maxConcurrency = 0;
	#running = 0;

	constructor(script: Script) {
		this.#script = script;
	}

	/** @throws Error with the scripted message; CancelledError */
	async reply(prompt: string, signal: AbortSignal): Promise<string> {
		const { map, echo, fail, fail_all, delay_ms, delay_all_ms } = this.#script;
		this.calls++;
		this.maxConcurrency = Math.max(this.maxConcurrency, ++this.#running);
		try {
			const wait = delay_ms?.[prompt] ?? delay_all_ms ?? 0;
			if (wait > 0) await delay(wait, undefined, { signal });
			const failure = fail?.[prompt] ?? fail_all;
			if (failure !== undefined) throw new Error(failure);
			const mapped = map?.[prompt];
			if (mapped !== undefined) return mapped;
			if (echo !== undefined) return echo + prompt;
			throw new Error(`the script has no reply to ${JSON.stringify(prompt.slice(0, 80))}`);
		} finally {
			this.#running--;
		}
	}
}

/** The root's replies of a `run` case. */
export interface RootScript {
	readonly responses: readonly string[];
	readonly finishReasons: readonly (string | null)[];
	/** Called before the reply with this index is given; used to cancel in between. */
	readonly beforeReply?: (index: number) => void;
}

/** Models that answer from scripts, at the place where the network would be. */
export class ScriptedModels implements ModelPort {
	/** Messages of every root call, as sent. */
	readonly rootCalls: (readonly ChatMessage[])[] = [];
	readonly sub: ScriptPlayer;
	readonly #root: RootScript;

	constructor(sub: ScriptPlayer, root: RootScript = { responses: [], finishReasons: [] }) {
		this.sub = sub;
		this.#root = root;
	}

	offers(): readonly ModelOffer[] {
		return [];
	}

	idlePlaces(): number {
		return 1;
	}

	async describe(): Promise<ModelDescription> {
		return DESCRIPTION;
	}

	async call(call: ModelCall, observer: CallObserver, signal: AbortSignal): Promise<ModelReply> {
		const told = observer.onAttempt({ server: 'script', model: 'scripted' });
		try {
			const text = call.role === 'root' ? this.#rootReply(call, signal) : await this.#subReply(call, signal);
			const reply = replyOf(call, text, call.role === 'root' ? this.#finishReason() : 'stop');
			told({ usage: reply.usage, costUsd: 0, isReply: true });
			return reply;
		} catch (error) {
			told(undefined);
			if (signal.aborted) throw new CancelledError();
			const message = reasonOf(error);
			throw new ModelError(message, { category: 'server', server: 'script' }, { cause: error });
		}
	}

	#rootReply(call: ModelCall, signal: AbortSignal): string {
		const index = this.rootCalls.length;
		this.rootCalls.push(call.messages);
		this.#root.beforeReply?.(index);
		signal.throwIfAborted();
		const text = this.#root.responses[index];
		if (text === undefined) throw new Error('the script has no more replies');
		return text;
	}

	#finishReason(): FinishReason {
		return this.#root.finishReasons[this.rootCalls.length - 1] === 'length' ? 'length' : 'stop';
	}

	#subReply(call: ModelCall, signal: AbortSignal): Promise<string> {
		return this.sub.reply(call.messages.at(-1)?.content ?? '', signal);
	}
}

function replyOf(call: ModelCall, text: string, finishReason: FinishReason): ModelReply {
	const promptTokens = call.messages.reduce((sum, message) => sum + estimateTokens(message.content), 0);
	return {
		text,
		reasoning: '',
		finishReason,
		usage: { promptTokens, completionTokens: estimateTokens(text), isEstimate: true },
		model: 'scripted',
		server: 'script',
		firstTokenMs: 0,
		durationMs: 0,
		attempts: 1,
		queueMs: 0,
		costUsd: 0,
	};
}
