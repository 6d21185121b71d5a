import { present } from '../../../src/core/present.ts';
import { errorBody } from './errors.ts';
import type { ScriptedReply, ScriptedRequest, Wire } from './types.ts';

/** A streamed reply in pieces, each of which is one or more whole lines. */
export interface StreamParts {
	readonly head: readonly string[];
	/** One entry a piece of reasoning or text. */
	readonly content: readonly string[];
	/** What tells the end; the last entry is the end marker. */
	readonly tail: readonly string[];
	/** A report of usage that is not the last one. */
	readonly earlyUsage: string;
}

/** Which server speaks the OpenAI protocol. */
export type Flavour = 'llama.cpp' | 'vLLM';

/** The reply as the protocol writes it. */
export function streamParts(kind: Wire, flavour: Flavour, request: ScriptedRequest, reply: ScriptedReply): StreamParts {
	if (kind === 'ollama') return ollamaStream(request, reply);
	return kind === 'anthropic' ? anthropicStream(request, reply) : openAiStream(flavour, request, reply);
}

/** One server-sent event. */
function sse(data: object, event?: string): string {
	return `${event ? `event: ${event}\n` : ''}data: ${JSON.stringify(data)}\n\n`;
}

/** An error in the middle of a reply. */
export function errorPiece(kind: Wire, said: string | object): string {
	const body = typeof said === 'object' ? said : errorBody(kind, said, 'server_error');
	if (kind === 'ollama') return `${JSON.stringify(body)}\n`;
	return kind === 'anthropic' ? sse(body, 'error') : sse(body);
}

function ollamaStream(request: ScriptedRequest, reply: ScriptedReply): StreamParts {
	const base = { model: reply.model ?? request.model, created_at: '2026-01-01T00:00:00Z' };
	const line = (message: object, rest: object) => `${JSON.stringify({ ...base, message, ...rest })}\n`;
	const usage = usageOf(request, reply);
	const nothing = { role: 'assistant', content: '' };
	return {
		head: [],
		content: [
			...pieces(reply.reasoning, reply.chunks).map((thinking) => line({ ...nothing, thinking }, { done: false })),
			...pieces(reply.text, reply.chunks).map((content) => line({ role: 'assistant', content }, { done: false })),
		],
		tail: [
			line(
				nothing,
				present({
					done: true,
					done_reason: reply.finish === 'length' ? 'length' : 'stop',
					total_duration: 1_000_000,
					load_duration: 1000,
					prompt_eval_count: usage ? usage.prompt : undefined,
					eval_count: usage ? usage.completion : undefined,
				}),
			),
		],
		earlyUsage: line(nothing, { done: false, prompt_eval_count: 1, eval_count: 1 }),
	};
}

function openAiStream(flavour: Flavour, request: ScriptedRequest, reply: ScriptedReply): StreamParts {
	const isLlamaCpp = flavour === 'llama.cpp';
	const base = present({
		id: `chatcmpl-${request.index}`,
		object: 'chat.completion.chunk',
		created: 1,
		model: reply.model ?? request.model,
		system_fingerprint: isLlamaCpp ? 'b1-scripted' : undefined,
	});
	const chunk = (delta: object, finish: string | null = null) =>
		sse({ ...base, choices: [{ index: 0, delta, finish_reason: finish }] });
	const usageChunk = ({ prompt, completion, cached, written, cost }: TokenCounts) =>
		sse({
			...base,
			choices: [],
			usage: present({
				prompt_tokens: prompt,
				completion_tokens: completion,
				total_tokens: prompt + completion,
				// vLLM has no details unless it was started with them.
				prompt_tokens_details:
					isLlamaCpp || cached !== undefined
						? present({ cached_tokens: cached ?? 0, cache_write_tokens: written })
						: null,
				cost,
			}),
			...present({
				timings: isLlamaCpp
					? { cache_n: cached ?? 0, prompt_n: prompt - (cached ?? 0), predicted_n: completion }
					: undefined,
			}),
		});
	const usage = usageOf(request, reply);
	const wantsUsage = (request.body?.stream_options as { include_usage?: boolean } | undefined)?.include_usage;
	const finish = reply.finish === 'refusal' ? 'content_filter' : (reply.finish ?? 'stop');
	const reasoning = isLlamaCpp ? 'reasoning_content' : 'reasoning';
	return {
		head: [chunk({ role: 'assistant', content: isLlamaCpp ? null : '' })],
		content: [
			...pieces(reply.reasoning, reply.chunks).map((text) => chunk({ [reasoning]: text })),
			...pieces(reply.text, reply.chunks).map((content) => chunk({ content })),
		],
		tail: [chunk({}, finish), ...(usage && wantsUsage ? [usageChunk(usage)] : []), 'data: [DONE]\n\n'],
		earlyUsage: usageChunk({ prompt: 1, completion: 1 }),
	};
}

type AnthropicEvent = { type: string } & Record<string, unknown>;

const anthropicEvent = (data: AnthropicEvent) => sse(data, data.type);

function anthropicStream(request: ScriptedRequest, reply: ScriptedReply): StreamParts {
	const usage = usageOf(request, reply);
	const reasons = {
		stop: request.body?.tool_choice ? 'tool_use' : 'end_turn',
		length: 'max_tokens',
		refusal: 'refusal',
	};
	const end = { stop_reason: reasons[reply.finish ?? 'stop'], stop_sequence: null };
	const messageDelta = (delta: object, reported: object) =>
		anthropicEvent({ type: 'message_delta', delta, usage: reported });
	return {
		head: [anthropicStart(request, reply, usage), anthropicEvent({ type: 'ping' })],
		content: [
			...anthropicBlock(0, 'thinking', pieces(reply.reasoning, reply.chunks)),
			...(request.body?.tool_choice
				? anthropicTool(request, reply)
				: anthropicBlock(1, 'text', pieces(reply.text, reply.chunks))),
		],
		tail: [
			messageDelta(end, usage ? { output_tokens: usage.completion } : {}),
			anthropicEvent({ type: 'message_stop' }),
		],
		earlyUsage: messageDelta({ stop_reason: null, stop_sequence: null }, { output_tokens: 1 }),
	};
}

function anthropicStart(request: ScriptedRequest, reply: ScriptedReply, usage: TokenCounts | null): string {
	const cached = usage?.cached ?? 0;
	const written = usage?.written ?? 0;
	const message = {
		id: `msg_${request.index}`,
		type: 'message',
		role: 'assistant',
		content: [],
		model: reply.model ?? request.model,
		stop_reason: null,
		stop_sequence: null,
		usage: usage
			? {
					input_tokens: usage.prompt - cached - written,
					cache_read_input_tokens: cached,
					cache_creation_input_tokens: written,
					output_tokens: 0,
				}
			: {},
	};
	return anthropicEvent({ type: 'message_start', message });
}

function anthropicBlock(index: number, kind: 'thinking' | 'text', texts: readonly string[]): string[] {
	if (texts.length === 0) return [];
	return [
		anthropicEvent({ type: 'content_block_start', index, content_block: { type: kind, [kind]: '' } }),
		...texts.map((text) =>
			anthropicEvent({ type: 'content_block_delta', index, delta: { type: `${kind}_delta`, [kind]: text } }),
		),
		anthropicEvent({ type: 'content_block_stop', index }),
	];
}

/** The text as the input of the tool that the request forces. */
function anthropicTool(request: ScriptedRequest, reply: ScriptedReply): string[] {
	const choice = request.body?.tool_choice as { name: string };
	const block = { type: 'tool_use', id: `toolu_${request.index}`, name: choice.name, input: {} };
	return [
		anthropicEvent({ type: 'content_block_start', index: 1, content_block: block }),
		...pieces(reply.text, reply.chunks).map((partial_json) =>
			anthropicEvent({ type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json } }),
		),
		anthropicEvent({ type: 'content_block_stop', index: 1 }),
	];
}

function pieces(text: string | undefined, count = 3): string[] {
	if (!text) return [];
	if (count === 1) return [text];
	const characters = [...text];
	const size = Math.ceil(characters.length / Math.max(1, count));
	return Array.from({ length: Math.ceil(characters.length / size) }, (_, index) =>
		characters.slice(index * size, (index + 1) * size).join(''),
	);
}

interface TokenCounts {
	readonly prompt: number;
	readonly completion: number;
	readonly cached?: number;
	readonly written?: number;
	readonly cost?: number;
}

function usageOf(request: ScriptedRequest, reply: ScriptedReply): TokenCounts | null {
	if (reply.usage !== undefined) return reply.usage;
	const characters = request.messages.reduce((sum, message) => sum + message.content.length, 0);
	const produced = (reply.text ?? '').length + (reply.reasoning ?? '').length;
	return { prompt: Math.ceil(characters / 4), completion: Math.ceil(produced / 4) };
}
