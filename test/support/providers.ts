import { getEventListeners } from 'node:events';
import { expect } from 'vitest';
import { ModelError } from '../../src/core/errors.ts';
import type { ChatRequest, Provider } from '../../src/core/ports/model.ts';
import { createAnthropicProvider } from '../../src/models/anthropic.ts';
import { TokenEstimator } from '../../src/models/estimate.ts';
import { createOllamaProvider } from '../../src/models/ollama.ts';
import { createOpenAiProvider } from '../../src/models/openai.ts';
import type { ProviderOptions } from '../../src/models/options.ts';
import { type ScriptedServer, type ScriptedServerOptions, startScriptedServer, type Wire } from './scriptedServer.ts';

/** A kind of server: its protocol, and for the OpenAI protocol which software speaks it. */
export type Software = 'Ollama' | 'llama.cpp' | 'vLLM' | 'Anthropic';

export const SOFTWARE: readonly Software[] = ['Ollama', 'llama.cpp', 'vLLM', 'Anthropic'];

const wireOf: Readonly<Record<Software, Wire>> = {
	Ollama: 'ollama',
	'llama.cpp': 'openai',
	vLLM: 'openai',
	Anthropic: 'anthropic',
};

const CREATE = { ollama: createOllamaProvider, openai: createOpenAiProvider, anthropic: createAnthropicProvider };

export const MODEL = 'scripted-model';

/** Owns servers and providers of one test. */
export class Bench {
	readonly #cleanUps: (() => unknown)[] = [];

	async start(
		software: Software,
		options: Omit<ScriptedServerOptions, 'kind' | 'isLlamaCpp'>,
	): Promise<ScriptedServer> {
		const server = await startScriptedServer({
			kind: wireOf[software],
			isLlamaCpp: software === 'llama.cpp',
			...options,
		});
		this.#cleanUps.push(() => server.stop());
		return server;
	}

	provider(software: Software, url: string, extra: Partial<ProviderOptions> = {}): Provider {
		const provider = CREATE[wireOf[software]]({ id: 'test', url, estimator: new TokenEstimator(), ...extra });
		this.#cleanUps.push(() => provider.dispose?.());
		return provider;
	}

	onEnd(cleanUp: () => unknown): void {
		this.#cleanUps.push(cleanUp);
	}

	async dispose(): Promise<void> {
		for (const cleanUp of this.#cleanUps.splice(0).reverse()) await cleanUp();
	}
}

/** What a call came to: its reply or its error, and the text that was delivered on the way. */
export interface Outcome {
	readonly text?: string;
	readonly error?: unknown;
	readonly delivered: string;
}

/** Makes a call and waits for its end; nothing of it may still listen to the signal then. */
export async function ask(
	provider: Provider,
	request: Partial<ChatRequest> = {},
	signal: AbortSignal = new AbortController().signal,
): Promise<Outcome> {
	const messages = [{ role: 'user' as const, content: 'How many moons has Mars?' }];
	let delivered = '';
	const onDelta = (text: string) => {
		delivered += text;
	};
	try {
		const { text } = await provider.chat({ model: MODEL, messages, ...request }, onDelta, signal);
		return { text, delivered };
	} catch (error) {
		return { error, delivered };
	} finally {
		expect(getEventListeners(signal, 'abort')).toEqual([]);
	}
}

/** The facts of a call that failed as a model call fails. */
export function factsOf({ error }: Outcome): ModelError['facts'] {
	expect(error).toBeInstanceOf(ModelError);
	return (error as ModelError).facts;
}
