import { CancelledError, ModelError } from '../core/errors.ts';
import type { Provider } from '../core/ports/model.ts';
import { present } from '../core/present.ts';
import type { TokenEstimator } from '../models/estimate.ts';

/** Result of a small real call. */
export interface TestCall {
	readonly model: string;
	/** From sending to the first piece of the reply, including the time to load the model. ms */
	readonly firstTokenMs: number;
	readonly durationMs: number;
	/** Speed of the reply; absent when it was too short to measure. */
	readonly tokensPerSecond?: number;
	/**
	 * Whether a prompt of some thousand tokens arrived complete. `cut`: the server silently dropped a part. `unknown`: it
	 * reports no tokens, or was not asked (hosted services do not cut, and charge).
	 */
	readonly truncation: 'none' | 'cut' | 'unknown';
	/** Tokens of that prompt: the estimate of what was sent, and the server's count. */
	readonly sentTokens?: number;
	readonly readTokens?: number;
}

/** Longer than the windows that servers fall back to (2048 and 4096), so that a cut shows. Tokens. */
const LONG_PROMPT_TOKENS = 6_000;
/** Share of the served window, if that is smaller. */
const WINDOW_SHARE = 0.6;
/** A count below this share of the estimate, together with a forgotten beginning, means a cut. */
const CUT_SHARE = 0.7;
const CODE_WORD = 'heron';
const MIN_TOKENS_FOR_SPEED = 16;
const SHORT_TOKENS = 160;
const ANSWER_TOKENS = 256;

/**
 * Makes a small call, and a longer one that begins with a word which the reply must repeat.
 * @param estimator of the provider: the first call calibrates its tokens per text
 * @param options.isHosted skips the longer call; `contextTokens` is the served window, if known
 * @throws ModelError when the call fails, CancelledError
 */
export async function testCall(
	provider: Provider,
	estimator: TokenEstimator,
	model: string,
	options: { readonly isHosted: boolean; readonly contextTokens?: number },
	signal: AbortSignal,
): Promise<TestCall> {
	const content = `${filler(1_600)}\nCount from 1 to 30, with spaces in between. Write nothing else.`;
	const reply = await ask(provider, model, content, SHORT_TOKENS, signal);
	const { firstTokenMs, durationMs, usage } = reply;
	const seconds = (durationMs - firstTokenMs) / 1000;
	const isLongEnough = usage.completionTokens >= MIN_TOKENS_FOR_SPEED && seconds > 0;
	const timed = present({
		model,
		firstTokenMs,
		durationMs,
		tokensPerSecond: isLongEnough ? usage.completionTokens / seconds : undefined,
	});
	if (options.isHosted) return { ...timed, truncation: 'unknown' };
	return { ...timed, ...(await checkTruncation(provider, estimator, model, options.contextTokens, signal)) };
}

async function checkTruncation(
	provider: Provider,
	estimator: TokenEstimator,
	model: string,
	contextTokens: number | undefined,
	signal: AbortSignal,
): Promise<Pick<TestCall, 'truncation' | 'sentTokens' | 'readTokens'>> {
	const wanted = Math.min(LONG_PROMPT_TOKENS, (contextTokens ?? Number.POSITIVE_INFINITY) * WINDOW_SHARE);
	const sample = filler(4_000);
	const charactersOfToken = sample.length / estimator.estimate(model, [sample]).tokens;
	const text = filler(Math.floor(wanted * charactersOfToken));
	const content = `The code word is "${CODE_WORD}".\n${text}\nWhat is the code word? Answer with that word alone.`;
	const sentTokens = estimator.estimate(model, [content]).tokens;
	try {
		const { text: answer, usage } = await ask(provider, model, content, ANSWER_TOKENS, signal);
		const remembers = answer.toLowerCase().includes(CODE_WORD);
		if (usage.isEstimate) return { truncation: remembers ? 'none' : 'unknown', sentTokens };
		const isShort = usage.promptTokens < CUT_SHARE * sentTokens;
		return { truncation: isShort && !remembers ? 'cut' : 'none', sentTokens, readTokens: usage.promptTokens };
	} catch (error) {
		if (!(error instanceof ModelError) || error.category !== 'truncated') throw error;
		const { promptTokens } = error.facts;
		return { truncation: 'cut', sentTokens: promptTokens ?? sentTokens };
	}
}

function ask(provider: Provider, model: string, content: string, maxTokens: number, signal: AbortSignal) {
	if (signal.aborted) throw new CancelledError();
	const messages = [{ role: 'user' as const, content }];
	return provider.chat({ model, messages, maxTokens, thinking: false }, () => {}, signal);
}

/** Plain lines of text, at least one. */
function filler(characters: number): string {
	const lines: string[] = [];
	for (let length = 0; length < characters; length += lines.at(-1)?.length ?? 0) {
		lines.push(`Line ${lines.length + 1}: the ferry leaves the harbour at noon and comes back in the evening.`);
	}
	return lines.join('\n');
}
