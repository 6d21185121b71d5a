import type { Attributes } from '@opentelemetry/api';
import { ATTR_SERVER_ADDRESS, ATTR_SERVER_PORT } from '@opentelemetry/semantic-conventions';
import {
	ATTR_GEN_AI_PROVIDER_NAME,
	ATTR_GEN_AI_RESPONSE_MODEL,
	ATTR_GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
	ATTR_GEN_AI_USAGE_INPUT_TOKENS,
	ATTR_GEN_AI_USAGE_OUTPUT_TOKENS,
	ATTR_GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
} from '@opentelemetry/semantic-conventions/incubating';
import type { FinishReason, Usage } from '../core/ports/model.ts';
import { present } from '../core/present.ts';
import type { ServerIdentity } from './tracing.ts';

/** The conventions' values of `gen_ai.provider.name` for hosted services. */
const HOSTED: readonly (readonly [domain: string, provider: string])[] = [
	['openai.com', 'openai'],
	['anthropic.com', 'anthropic'],
	['deepseek.com', 'deepseek'],
	['mistral.ai', 'mistral_ai'],
	['groq.com', 'groq'],
	['perplexity.ai', 'perplexity'],
	['x.ai', 'x_ai'],
	['cohere.com', 'cohere'],
];

/** Provider and address of a server. @param isServing whether this server is known to have given the reply */
export function serverAttributes(
	id: string | undefined,
	identities: ReadonlyMap<string, ServerIdentity>,
	isServing: boolean,
): Attributes {
	if (id === undefined) return {};
	const named: Attributes = isServing ? { 'rlm.server.id': id } : {};
	const identity = identities.get(id);
	if (!identity) return named;
	const url = URL.parse(identity.url);
	const host = url?.hostname ?? '';
	const hosted = HOSTED.find(([domain]) => host === domain || host.endsWith(`.${domain}`))?.[1];
	return present({
		...named,
		[ATTR_GEN_AI_PROVIDER_NAME]: hosted ?? identity.kind,
		[ATTR_SERVER_ADDRESS]: host === '' ? undefined : host,
		[ATTR_SERVER_PORT]: host === '' ? undefined : portOf(url),
	});
}

function portOf(url: URL | null): number {
	if (url?.port) return Number(url.port);
	return url?.protocol === 'http:' ? 80 : 443;
}

/** Model, tokens and cost of a reply. */
export function replyAttributes(reply: {
	readonly usage?: Usage | undefined;
	readonly costUsd?: number | undefined;
	readonly model?: string | undefined;
}): Attributes {
	const { usage, costUsd, model } = reply;
	if (!usage) return {};
	const { promptTokens, completionTokens, cachedPromptTokens, reasoningTokens, isEstimate } = usage;
	return present({
		[ATTR_GEN_AI_RESPONSE_MODEL]: model,
		[ATTR_GEN_AI_USAGE_INPUT_TOKENS]: promptTokens,
		[ATTR_GEN_AI_USAGE_OUTPUT_TOKENS]: completionTokens,
		[ATTR_GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS]: cachedPromptTokens,
		[ATTR_GEN_AI_USAGE_REASONING_OUTPUT_TOKENS]: reasoningTokens,
		'rlm.usage.is_estimate': isEstimate ? true : undefined,
		'rlm.cost_usd': costUsd,
	});
}

/** Why a reply ended, in the conventions' words. */
export function finishReasonOf(reason: FinishReason): string {
	return reason === 'refusal' ? 'content_filter' : reason;
}

/** Messages in the conventions' JSON schema for `gen_ai.input.messages`. */
export function inputMessages(messages: readonly { readonly role: string; readonly content: string }[]): string {
	return JSON.stringify(messages.map(({ role, content }) => ({ role, parts: [{ type: 'text', content }] })));
}

/** A reply in the conventions' JSON schema for `gen_ai.output.messages`. */
export function outputMessages(text: string, reasoning: string, finishReason: string): string {
	const thoughts = reasoning === '' ? [] : [{ type: 'reasoning', content: reasoning }];
	const parts = [...thoughts, { type: 'text', content: text }];
	return JSON.stringify([{ role: 'assistant', parts, finish_reason: finishReason }]);
}
