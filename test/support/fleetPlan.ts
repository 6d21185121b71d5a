import { createHash } from 'node:crypto';
import { present } from '../../src/core/present.ts';
import type { Fault, ScriptedReply, ScriptedRequest, Wire } from './scripted/types.ts';

/** A server of a fleet. */
export interface FleetServerPlan {
	readonly id: string;
	readonly kind: Wire;
	/** Share of the chat requests that meet a fault, 0 to 1. */
	readonly faultShare?: number;
	/** Waited before each reply, ms. */
	readonly serviceMs?: number;
	/** Refuses requests without one of these keys. */
	readonly apiKeys?: readonly string[];
	/** `scripted-model` when absent. */
	readonly models?: readonly string[];
}

/** The one right answer to a prompt; the client of a fleet can tell whether it got its own. */
export function answerTo(prompt: string): string {
	return `answer ${createHash('sha256').update(prompt).digest('hex').slice(0, 24)} – ✓`;
}

/** Prompts with this in them are refused by every server. */
export const POISON = { overflow: '#overflow', malformed: '#malformed' } as const;

const OVERFLOW: Readonly<Record<Wire, string>> = {
	ollama: 'request (9028 tokens) exceeds the available context size (8192 tokens), try increasing it',
	openai: "The input (9028 tokens) is longer than the model's context length (8192 tokens).",
	anthropic: 'prompt is too long: 9028 tokens > 8192 maximum',
};

/** Servers that fail, each in its way. */
const FAILURES: readonly ScriptedReply[] = [
	...(
		[
			'reset',
			'close-before-headers',
			'not-http',
			'stale-connection',
			'stale-reset',
			'cut',
			'reset-in-body',
			'end-without-marker',
			'end-in-line',
			'error-after-start',
			'garbage-line',
			'malformed-json',
			'empty',
			'nothing',
			'html-in-success',
		] satisfies Fault[]
	).map((fault) => ({ fault })),
	{ fault: 'error-in-success', body: 'the model crashed' },
	{ status: 408, body: 'request timeout' },
	{ status: 500, body: 'the model crashed' },
	{ status: 500, page: '<html><title>Internal Server Error</title></html>' },
	{ status: 502, page: '<html><title>502 Bad Gateway</title></html>' },
	{ status: 504, page: '<html><title>504 Gateway Time-out</title></html>' },
];

/** Servers that stay silent or want fewer calls: what costs time, and would hide the rest if it were as frequent. */
const DELAYS: readonly ScriptedReply[] = [
	{ fault: 'hang-before-headers' },
	{ fault: 'hang-in-body' },
	{ fault: 'hang-with-pings' },
	{ fault: 'hang-with-bytes' },
	{ status: 429, headers: { 'retry-after': '1' }, body: 'slow down' },
	{ status: 429, headers: { 'retry-after-ms': '200' }, body: 'slow down' },
	{ status: 429, headers: { 'retry-after': 'soon' }, body: 'slow down' },
	{ status: 503, body: 'server busy, please try again' },
	{ status: 503, body: 'Loading model' },
	{ status: 529, body: 'Overloaded' },
];
const FAULTS = [...FAILURES, ...FAILURES, ...FAILURES, ...DELAYS];

/** Played to some of the requests that meet no fault. */
const ODDITIES: readonly Fault[] = ['split-bytes', 'split-lines', 'crlf', 'byte-order-mark', 'usage-twice'];
const EVENT_ODDITIES: readonly Fault[] = [...ODDITIES, 'no-space', 'multi-line-data'];
const ODD_SHARE = 0.1;

/** What a server of the plan plays to a request. The same request meets another fate at its next try. */
export function replyOf(plan: FleetServerPlan, request: ScriptedRequest, tryNumber: number): ScriptedReply {
	const { text: prompt } = request;
	if (prompt.includes(POISON.overflow)) return { status: 400, body: OVERFLOW[plan.kind] };
	if (prompt.includes(POISON.malformed)) return { status: 400, body: 'bad parameter' };
	const answer = present({ text: answerTo(prompt), delayMs: plan.serviceMs });
	const share = plan.faultShare ?? 0;
	const fate = draw(`${plan.id} ${tryNumber} ${prompt}`);
	if (fate < share) return { ...answer, ...pick(FAULTS, fate / share) };
	const rest = (fate - share) / (1 - share);
	if (rest >= ODD_SHARE) return answer;
	return { ...answer, fault: pick(plan.kind === 'ollama' ? ODDITIES : EVENT_ODDITIES, rest / ODD_SHARE) };
}

/** A number from 0 to 1 that depends on the text alone. */
function draw(text: string): number {
	return createHash('sha256').update(text).digest().readUInt32BE() / 2 ** 32;
}

function pick<T>(list: readonly T[], at: number): T {
	return list[Math.floor(at * list.length)] as T;
}
