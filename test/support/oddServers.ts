// Servers that answer with raw bytes, for what the scripted server does not play.
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ChatReply, ChatRequest, Provider } from '../../src/core/ports/model.ts';
import { TokenEstimator } from '../../src/models/estimate.ts';
import { createOpenAiProvider } from '../../src/models/openai.ts';
import type { ProviderOptions } from '../../src/models/options.ts';

export const NEVER: AbortSignal = new AbortController().signal;
export const QUESTION = { model: 'm', messages: [{ role: 'user' as const, content: 'How many moons has Mars?' }] };
export const STREAM = { 'content-type': 'text/event-stream' };

/** An event stream of the OpenAI protocol. */
export const events = (...chunks: readonly object[]) =>
	[...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]'].map((data) => `data: ${data}\n\n`).join('');

/** A chunk of the OpenAI protocol. */
export const chunk = (delta: object, rest: object = {}) => ({
	choices: [{ index: 0, delta, finish_reason: null, ...rest }],
});

/** Starts such servers and their providers; the clean-ups end them. */
export function oddServers(cleanUps: (() => unknown)[]) {
	async function listen(handler: http.RequestListener): Promise<string> {
		const server = http.createServer(handler).listen(0, '127.0.0.1');
		await once(server, 'listening');
		cleanUps.push(() => {
			server.close();
			server.closeAllConnections();
		});
		return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	}

	function provider(url: string, create = createOpenAiProvider, extra: Partial<ProviderOptions> = {}): Provider {
		const made = create({ id: 'odd', url, estimator: new TokenEstimator(), ...extra });
		cleanUps.push(() => made.dispose?.());
		return made;
	}

	async function askAbout(
		body: string,
		{ create = createOpenAiProvider, headers = STREAM, request = {} }: AskOptions = {},
	): Promise<ChatReply> {
		const url = await listen((_, response) => response.writeHead(200, headers).end(body));
		return provider(url, create).chat({ ...QUESTION, ...request }, () => {}, NEVER);
	}

	return { listen, provider, askAbout };
}

interface AskOptions {
	readonly create?: (options: ProviderOptions) => Provider;
	readonly headers?: Readonly<Record<string, string>>;
	readonly request?: Partial<ChatRequest>;
}
