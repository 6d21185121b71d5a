import type { IncomingMessage } from 'node:http';
import type { Wire } from './types.ts';

// What a request says, in any protocol.

/** True when a request to this path asks for a reply of a model. */
export function isChatPath(kind: Wire, path: string): boolean {
	if (kind === 'ollama') return path === '/api/chat';
	return path === (kind === 'openai' ? '/v1/chat/completions' : '/v1/messages');
}

/** The body of a request as JSON; undefined when it has none. */
export async function readJson(request: IncomingMessage): Promise<Record<string, unknown> | undefined> {
	let text = '';
	request.setEncoding('utf8');
	for await (const piece of request) text += piece;
	return text ? JSON.parse(text) : undefined;
}

/** System prompt and messages of a request of any protocol, as texts. */
export function messagesOf(body: Record<string, unknown>): { role: string; content: string }[] {
	const system = body.system === undefined ? [] : [{ role: 'system', content: textOf(body.system) }];
	const messages = (body.messages ?? []) as { role: string; content: unknown }[];
	return [...system, ...messages.map(({ role, content }) => ({ role, content: textOf(content) }))];
}

function textOf(content: unknown): string {
	if (typeof content === 'string') return content;
	return ((content ?? []) as { text?: string }[]).map((part) => part.text ?? '').join('');
}
