import { bareReply } from '../core/bareReply.ts';
import { CancelledError } from '../core/errors.ts';
import type { ChatMessage, ChatReply, ChatRequest, DeltaSink, FinishReason, Usage } from '../core/ports/model.ts';
import { present } from '../core/present.ts';
import { detachedHead } from '../core/text.ts';
import { mostReplyCharacters } from '../core/tokens.ts';
import { jsonOf } from '../core/toolCalls.ts';
import type { TokenEstimator } from './estimate.ts';
import type { RequestSite } from './http/classify.ts';
import { modelError } from './http/classify.ts';
import type { HttpExchange, HttpExchangeOptions } from './http/http.ts';
import type { Transport } from './http/transport.ts';
import { plausibleCharge, plausibleUsage } from './plausible.ts';
import { Repetition } from './repetition.ts';
import { ReplyText } from './replyText.ts';
import { ThinkingSplitter } from './thinking.ts';

/** Usage as the server reports it; the rest is estimated. */
export type ReportedUsage = Partial<Omit<Usage, 'isEstimate'>>;

/** No model writes this much. A server that does has lost its end marker, and memory is limited. */
const MAX_REPLY_CHARACTERS = 8_000_000;

/** Ends the reading of a reply that is complete although the server goes on: at a stop text, or at its maximum. */
class ReplyCut extends Error {}

/**
 * Collects the pieces of one reply and decides at the end whether it is valid. Pieces come from servers, whatever an
 * SDK's types declare: anything that is not text is skipped.
 */
export class ReplyBuilder {
	readonly #request: ChatRequest;
	readonly #site: RequestSite;
	readonly #onDelta: DeltaSink;
	readonly #startedAt = performance.now();
	readonly #body: ReplyText;
	readonly #repetition: Repetition;
	readonly #splitter = new ThinkingSplitter((text, channel) =>
		channel === 'text' ? this.#body.push(text) : this.#deliver(text, channel),
	);
	/** As it came, with whatever marks the server leaves in it. */
	#text = '';
	#reasoning = '';
	/** Tool calls by their number in the reply. */
	readonly #calls = new Map<unknown, { name: string; arguments: string }>();
	/** Characters that came. */
	#characters = 0;
	#firstTokenAt: number | undefined;
	#finishReason: FinishReason | undefined;
	#usage: ReportedUsage = {};
	#chargedUsd: number | undefined;
	/** Why we ended it; undefined while the server does. */
	#cut: FinishReason | undefined;
	#isRepeating = false;
	#model: string;

	constructor(request: ChatRequest, site: RequestSite, onDelta: DeltaSink) {
		this.#request = request;
		this.#site = site;
		this.#onDelta = onDelta;
		this.#model = request.model;
		this.#repetition = new Repetition(() => linesOf(contents(request)), request.format !== undefined);
		this.#body = new ReplyText(
			request,
			(text) => this.#deliver(text, 'text'),
			() => this.#endHere('stop'),
		);
	}

	/** The server wrote more than was asked for: the reply ends here, as if the server had ended it. */
	get isCut(): boolean {
		return this.#cut !== undefined;
	}

	addText(text: unknown): void {
		if (typeof text !== 'string' || text === '') return;
		const kept = this.#take(text);
		this.#splitter.push(kept);
		this.#endIfFull();
	}

	addReasoning(text: unknown): void {
		if (typeof text !== 'string' || text === '') return;
		const kept = this.#take(text);
		this.#deliver(kept, 'reasoning');
		this.#endIfFull();
	}

	/**
	 * Adds a piece of a tool call. RLM offers no tools, but models that know some call them.
	 * @param index tells the calls of a reply apart
	 * @param given JSON text, or the value itself
	 */
	addToolCall(index: unknown, name: unknown, given: unknown): void {
		const call = this.#calls.get(index) ?? { name: '', arguments: '' };
		this.#calls.set(index, call);
		if (typeof name === 'string') call.name ||= name;
		if (given === undefined || given === null) return;
		this.#firstTokenAt ??= performance.now();
		call.arguments += this.#take(typeof given === 'string' ? given : (jsonOf(given) ?? ''));
		this.#endIfFull();
	}

	/** Whether the server told how the reply ended. */
	get isFinished(): boolean {
		return this.#finishReason !== undefined;
	}

	setModel(model: unknown): void {
		if (typeof model === 'string' && model !== '') this.#model = model;
	}

	/** Marks the end of the reply: without it the reply counts as cut. */
	setFinished(reason: FinishReason): void {
		this.#finishReason = reason;
	}

	addUsage(usage: ReportedUsage): void {
		this.#usage = { ...this.#usage, ...usage };
	}

	/** Records what the server says it charged, USD. */
	setCharged(usd: number): void {
		this.#chargedUsd = usd;
	}

	/** @throws ModelError `stream-cut` without an end marker, `empty` without any output */
	finish(estimator: TokenEstimator): ChatReply {
		this.#deliverHeld();
		this.#finishReason = this.#cut ?? this.#finishReason;
		if (this.#finishReason === undefined) {
			const what = 'the reply broke off without its end marker.';
			throw modelError(this.#site, what, { category: 'stream-cut', ...this.#toldUsage() });
		}
		const { text, reasoning, calls } = bareReply(this.#text, this.#reasoning !== '');
		const thought = this.#reasoning + reasoning;
		const toolCalls = [...this.#calls.values(), ...calls].filter(({ name }) => name !== '');
		if (!text.trim() && !thought && toolCalls.length === 0 && this.#finishReason === 'stop') {
			const what = 'the server reported success without a reply.';
			throw modelError(this.#site, what, { category: 'empty', ...this.#toldUsage() });
		}
		const endedAt = performance.now();
		const usage = this.#usageOr(estimator);
		return present({
			text,
			reasoning: thought,
			toolCalls: toolCalls.length === 0 ? undefined : toolCalls,
			finishReason: this.#finishReason,
			isRepeating: this.#isRepeating ? true : undefined,
			isPrefilled: this.#request.prefill !== undefined && this.#text !== '' ? true : undefined,
			usage,
			model: this.#model,
			firstTokenMs: (this.#firstTokenAt ?? endedAt) - this.#startedAt,
			durationMs: endedAt - this.#startedAt,
			chargedUsd: plausibleCharge(this.#chargedUsd, usage.promptTokens + usage.completionTokens),
		});
	}

	#deliverHeld(): void {
		try {
			this.#splitter.end();
			this.#body.end();
		} catch (error) {
			if (!(error instanceof ReplyCut)) throw error;
		}
	}

	#endHere(reason: FinishReason): never {
		this.#cut = reason;
		throw new ReplyCut();
	}

	/** The part of a piece that the request allowed; what is beyond was not asked for. */
	#take(text: string): string {
		const room = Math.max(0, this.#most - this.#characters);
		const kept = text.length > room ? detachedHead(text, room) : text;
		this.#characters += text.length;
		return kept;
	}

	#deliver(text: string, channel: 'text' | 'reasoning'): void {
		this.#firstTokenAt ??= performance.now();
		if (channel === 'text') this.#text += text;
		else this.#reasoning += text;
		if (text !== '') this.#onDelta(text, channel);
		this.#endIfRepeating(text);
	}

	/** A reply that goes nowhere holds its place at the server until it reaches its maximum. */
	#endIfRepeating(text: string): void {
		if (this.isCut || !this.#repetition.add(text)) return;
		this.#isRepeating = true;
		this.#endHere('length');
	}

	/** Characters that the request allows, with some room. */
	get #most(): number {
		const { maxTokens, prefill } = this.#request;
		if (maxTokens === undefined) return MAX_REPLY_CHARACTERS;
		return Math.min(mostReplyCharacters(maxTokens) + (prefill?.text.length ?? 0), MAX_REPLY_CHARACTERS);
	}

	/** Not every server obeys the maximum of tokens, and what it writes beyond has to be paid as well. */
	#endIfFull(): void {
		const most = this.#most;
		if (this.isCut || this.#characters <= most) return;
		if (most < MAX_REPLY_CHARACTERS) this.#endHere('length');
		const what = `the reply does not end: more than ${MAX_REPLY_CHARACTERS / 1e6} million characters came.`;
		throw modelError(this.#site, what, { category: 'stream-cut' });
	}

	/** All that came, for counting. */
	get #received(): string[] {
		return [this.#text, this.#reasoning, ...[...this.#calls.values()].map((call) => call.arguments)];
	}

	/** What the server told, without figures that cannot be true. */
	get #told(): ReportedUsage {
		const received = this.#received;
		return plausibleUsage(this.#usage, {
			sent: contents(this.#request),
			received,
			maxTokens: this.#request.maxTokens,
		});
	}

	/** The server's count for a failed reply, if it reported all of it. */
	#toldUsage(): { usage?: Usage } {
		const { promptTokens = 0, completionTokens = 0, ...rest } = this.#told;
		if (promptTokens === 0 || completionTokens === 0) return {};
		return { usage: { promptTokens, completionTokens, ...rest, isEstimate: false } };
	}

	/** Servers without a count report nothing or zero. No prompt has zero tokens, and no reply with text has. */
	#usageOr(estimator: TokenEstimator): Usage {
		const { model } = this.#request;
		const { promptTokens: prompt, completionTokens: completion = 0, ...rest } = this.#told;
		const promptTokens = prompt === 0 ? undefined : prompt;
		const hasOutput = this.#received.some((text) => text !== '');
		const isCounted = completion > 0 || (!hasOutput && this.#usage.completionTokens === 0);
		// A server that was cut off has not reported what it wrote last.
		if (promptTokens !== undefined && isCounted && !this.isCut) {
			estimator.learn(model, contents(this.#request), promptTokens);
			return { promptTokens, completionTokens: completion, ...rest, isEstimate: false };
		}
		const estimated = estimator.estimate(model, this.#received).tokens;
		return {
			promptTokens: promptTokens ?? estimator.estimate(model, contents(this.#request)).tokens,
			completionTokens: isCounted ? Math.max(completion, this.isCut ? estimated : 0) : estimated,
			...rest,
			isEstimate: true,
		};
	}
}

function linesOf(texts: readonly string[]): number {
	return texts.reduce((sum, text) => sum + text.split('\n').length, 0);
}

/** The texts of a request, for estimates. */
export function contents({ messages, prefill }: Pick<ChatRequest, 'messages' | 'prefill'>): string[] {
	return [...messages.map((message) => message.content), ...(prefill ? [prefill.text] : [])];
}

/** The messages to send: a prefill is the beginning of the message that the model is about to write. */
export function messagesOf({ messages, prefill }: Pick<ChatRequest, 'messages' | 'prefill'>): ChatMessage[] {
	return [...messages, ...(prefill ? [{ role: 'assistant' as const, content: prefill.text }] : [])];
}

/** What surrounds the text in a line of a reply: ids, names and figures. Bytes. */
const ENVELOPE_BYTES = 64 * 1024;
/** The longest escape of a character in JSON, twice: some servers send reasoning under two names. */
const MOST_BYTES_OF_A_CHARACTER = 12;

/** Longest line that can hold what the request allows. */
function maxLineBytesOf({ maxTokens }: ChatRequest): number | undefined {
	if (maxTokens === undefined) return undefined;
	return MOST_BYTES_OF_A_CHARACTER * mostReplyCharacters(maxTokens) + ENVELOPE_BYTES;
}

/**
 * Makes one attempt at a call, for every wire protocol.
 * @param play sends the request with a client that uses `exchangeFetch` and feeds the reply; may throw what the SDK
 * throws
 * @throws ModelError, CancelledError
 */
export async function callServer(
	transport: Transport,
	request: ChatRequest,
	options: Omit<HttpExchangeOptions, 'model' | 'onSent' | 'maxLineBytes'>,
	onDelta: DeltaSink,
	estimator: TokenEstimator,
	signal: AbortSignal,
	play: (exchange: HttpExchange, reply: ReplyBuilder) => Promise<void>,
): Promise<ChatReply> {
	const { model, onSent } = request;
	const maxLineBytes = maxLineBytesOf(request);
	const exchange = transport.open(present({ ...options, model, onSent, maxLineBytes }), signal);
	try {
		exchange.throwIfFailed();
		const reply = new ReplyBuilder(request, exchange.site, (text, channel) => {
			if (!signal.aborted) onDelta(text, channel);
		});
		try {
			await exchange.play(() => play(exchange, reply));
		} catch (error) {
			if (!reply.isCut) throw error;
		}
		// SDKs end an aborted or cut stream as if it were complete.
		if (!reply.isCut) exchange.throwIfFailed();
		const result = reply.finish(estimator);
		if (!reply.isCut) await exchange.settle();
		return result;
	} catch (error) {
		throw signal.aborted ? new CancelledError() : exchange.explain(error);
	} finally {
		exchange.close();
	}
}
