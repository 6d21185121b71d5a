import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { processScript, vaultFolder, workerScript } from '../../src/assets.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { present } from '../../src/core/present.ts';
import { createEngine, type Engine } from '../../src/engine.ts';
import { createLog } from '../../src/node/log.ts';
import { type RunningService, type ServiceOptions, startService } from '../../src/service/http/service.ts';
import { parseSettings } from '../../src/settings/settings.ts';
import type { ScriptedServer } from './scriptedServer.ts';

/** A service over real HTTP, with the real engine. */
export interface TestService {
	readonly url: string;
	readonly engine: Engine;
	readonly service: RunningService;
	/** What it wrote to its log. */
	readonly logged: string[];
	/** @param body sent as JSON; a string is sent as it is */
	call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
	/** Like call, but the answer is read as server-sent events while they come. */
	stream(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<EventStream>;
	stop(): Promise<void>;
}

/** An answer, its body parsed when it is JSON. */
export interface Answer {
	readonly status: number;
	readonly headers: Headers;
	// biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for
	readonly body: any;
}

/** Server-sent events of one response. */
export interface EventStream {
	readonly status: number;
	readonly headers: Headers;
	/** The messages, as they come. */
	readonly messages: AsyncGenerator<Message>;
	/** All messages up to the end of the stream. */
	rest(): Promise<Message[]>;
	/** Leaves. */
	abort(): void;
}

export interface Message {
	readonly id: number;
	readonly event: string;
	readonly data: RunEvent;
}

const BUILTIN = { servers: [{ id: 'builtin', kind: 'builtin' }] };

/**
 * Makes the start of services for a file of tests.
 * @param opened closes them, as `cleanUpAfterEach()` does
 */
export function serviceStarter(opened: (() => unknown)[]) {
	return async (options: Partial<ServiceOptions> = {}, model?: ScriptedServer): Promise<TestService> => {
		const service = await startTestService(model && { servers: [model.settings('gpu')] }, options);
		opened.push(() => service.stop());
		return service;
	};
}

/** @param settings as in a configuration file; the built-in engine when absent */
export async function startTestService(
	settings: object = BUILTIN,
	options: Partial<ServiceOptions> = {},
): Promise<TestService> {
	const parsed = parseSettings({ mode: 'explore', ...settings }, 'test');
	const logged: string[] = [];
	const write = (entry: string) => logged.push(entry);
	const log = createLog({ level: 'debug', format: 'text', write });
	const { journalFolder } = options;
	const engine = createEngine({
		settings: parsed,
		apiKey: async () => 'test-key',
		...{ vaultFolder, workerScript, processScript, log: (message) => log.warn(message) },
		...present({ journalFolder }),
	});
	const service = await startService({
		...{ host: '127.0.0.1', port: 0, token: undefined, allowedHosts: [], allowedOrigins: [] },
		...{ engine, settings: parsed, version: '0.0.0-test', log },
		...options,
	});
	const { url } = service;
	return {
		...{ url, engine, service, logged },
		async call(method, path, body, headers) {
			const response = await fetch(`${url}${path}`, requestOf(method, body, headers));
			const text = await response.text();
			const isJson = response.headers.get('content-type')?.startsWith('application/json');
			return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
		},
		async stream(method, path, body, headers) {
			const controller = new AbortController();
			const request = requestOf(method, body, { accept: 'text/event-stream', ...headers });
			const response = await fetch(`${url}${path}`, { ...request, signal: controller.signal });
			const messages = readMessages(response);
			return {
				...{ status: response.status, headers: response.headers, messages },
				rest: () => collect(messages),
				abort: () => controller.abort(),
			};
		},
		async stop() {
			await service.close();
			await engine.dispose();
		},
	};
}

function requestOf(method: string, body: unknown, headers: Record<string, string> = {}): RequestInit {
	if (body === undefined) return { method, headers };
	const text = typeof body === 'string' ? body : JSON.stringify(body);
	return { method, body: text, headers: { 'content-type': 'application/json', ...headers } };
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
	const collected: T[] = [];
	for await (const item of items) collected.push(item);
	return collected;
}

async function* readMessages({ body }: Response): AsyncGenerator<Message> {
	let rest = '';
	for await (const piece of (body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
		const parts = (rest + piece).split('\n\n');
		rest = parts.pop() ?? '';
		for (const part of parts) {
			const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(part)?.[1];
			const data = field('data');
			if (data === undefined) continue; // a comment
			yield { id: Number(field('id')), event: field('event') ?? '', data: JSON.parse(data) as RunEvent };
		}
	}
}

/** A request that fetch would not send: other Host headers, paths with `..`. @returns status and body */
export async function rawRequest(
	url: string,
	options: { method?: string; path?: string; headers?: Record<string, string>; body?: string },
): Promise<{ status: number; headers: IncomingMessage['headers']; body: string }> {
	const { hostname, port } = new URL(url);
	const { method = 'GET', path = '/', headers = {}, body } = options;
	const response = await new Promise<IncomingMessage>((resolve, reject) => {
		const request = httpRequest({ hostname, port, method, path, headers }, resolve);
		request.once('error', reject);
		request.end(body);
	});
	return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}

/** Waits until something holds. @throws after 20 s */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
	for (let tries = 0; tries < 1000; tries++) {
		if (await holds()) return;
		await sleep(20);
	}
	throw new Error(`it never came to hold: ${holds}`);
}
