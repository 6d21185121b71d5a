import { CancelledError } from '../core/errors.ts';
import type { ChatMessage, ChatReply, ChatRequest, DeltaSink, Provider } from '../core/ports/model.ts';
import { estimateTokens } from '../core/tokens.ts';
import { OUTPUT_MARK, type Request, readConversation } from './conversation.ts';
import { answerPrompt } from './extract.ts';
import { engineNote, type Step } from './plan.ts';
import { nextStep } from './plans.ts';
import { understand } from './question.ts';

/** Name of the one model that this provider has. */
const BUILTIN_MODEL = 'builtin';
/** Tokens of its window. This keeps prompts small enough for a readable live tree. */
const BUILTIN_CONTEXT_TOKENS = 32_768;

const PIECES = 4;
const SUMMARY_CHARACTERS = 1_500;
const NOTE = engineNote('the text was chosen by the words it shares with the prompt.');

/**
 * The built-in engine: a deterministic program behind the interface of a model. As root model it plans by the kind of
 * question and writes Python for the REPL; as sub-model it quotes what fits the prompt best. The same messages give the
 * same reply.
 */
export function createBuiltinProvider(): Provider {
	return {
		async chat(request, onDelta, signal) {
			throwIfAborted(signal);
			request.onSent?.();
			const startedAt = performance.now();
			const text = replyTo(request.messages);
			const firstTokenMs = performance.now() - startedAt;
			await stream(text, onDelta, signal);
			return reply(request, text, firstTokenMs, performance.now() - startedAt);
		},
		async probe(signal) {
			throwIfAborted(signal);
			return {
				software: 'built-in engine',
				models: [{ name: BUILTIN_MODEL, contextTokens: BUILTIN_CONTEXT_TOKENS, isLoaded: true }],
			};
		},
		async contextTokens(_model, signal) {
			throwIfAborted(signal);
			return BUILTIN_CONTEXT_TOKENS;
		},
	};
}

function throwIfAborted(signal: AbortSignal): void {
	if (signal.aborted) throw new CancelledError();
}

/** Delivers a text in a few pieces, and lets the host do other work in between. */
async function stream(text: string, onDelta: DeltaSink, signal: AbortSignal): Promise<void> {
	const size = Math.max(1, Math.ceil(text.length / PIECES));
	for (let start = 0; start < text.length; start += size) {
		onDelta(text.slice(start, start + size), 'text');
		await new Promise((resolve) => setImmediate(resolve));
		throwIfAborted(signal);
	}
}

function reply(request: ChatRequest, text: string, firstTokenMs: number, durationMs: number): ChatReply {
	return {
		text,
		reasoning: '',
		finishReason: 'stop',
		usage: {
			promptTokens: request.messages.reduce((sum, { content }) => sum + estimateTokens(content), 0),
			completionTokens: estimateTokens(text),
			isEstimate: true,
		},
		model: BUILTIN_MODEL,
		firstTokenMs,
		durationMs,
	};
}

/** The reply to a conversation. */
export function replyTo(messages: readonly ChatMessage[]): string {
	const request = readConversation(messages);
	switch (request.kind) {
		case 'prompt':
			return answerPrompt(request.prompt, NOTE);
		case 'iteration':
			return iterationReply(request);
		case 'salvage':
			return salvageReply(request.outputs);
		case 'summary':
			return summaryReply(request.question, request.outputs);
	}
}

function iterationReply({ question, context, outputs, isLast }: Request & { kind: 'iteration' }): string {
	if (outputs.length > 0 && hasFailed(outputs.at(-1) ?? '')) return `FINAL(${failureText(outputs)})`;
	const understood = understand(question);
	const step = nextStep(understood, context, outputs);
	if (!step) return `FINAL(${foundText(outputs)})`;
	return isLast ? lastReply(remainingSteps(question, context, outputs)) : inWords(step);
}

function inWords({ words, code }: Step): string {
	return `${words.replace(/\s+/g, ' ')}\n\n\`\`\`repl\n${code}\n\`\`\``;
}

/** When only one iteration is left, it gets everything that remains of the plan. */
function lastReply(steps: readonly Step[]): string {
	const words = 'This is the last iteration, so I do what is left at once.';
	return inWords({ words, code: steps.map(({ code }) => code).join('\n') });
}

function remainingSteps(question: string, context: Parameters<typeof nextStep>[1], outputs: readonly string[]): Step[] {
	const understood = understand(question);
	const steps: Step[] = [];
	for (let shown = [...outputs]; ; shown = [...shown, '']) {
		const step = nextStep(understood, context, shown);
		if (!step) return steps;
		steps.push(step);
	}
}

function hasFailed(output: string): boolean {
	return /^Traceback \(most recent call last\)|^(?:Timeout|MemoryError)\b/m.test(output);
}

function failureText(outputs: readonly string[]): string {
	const failure = (outputs.at(-1) ?? '').trim().split('\n').at(-1) ?? '';
	return `The built-in engine could not finish: its code failed with "${failure}".\n\n${foundText(outputs.slice(0, -1))}`;
}

/** The best answer that a conversation offers: its outputs, without the frame around them. */
function foundText(outputs: readonly string[]): string {
	const shown = outputs.map((output) => output.replace(/^Output:\n/, '').trim()).filter((output) => output !== '');
	const found =
		shown.length === 0 ? 'Nothing was looked at before the run ended.' : `Found so far:\n${shown.join('\n')}`;
	const note = engineNote('the plan was not finished, so this is what its steps printed.');
	return `${found}\n\n${note}`;
}

function salvageReply(outputs: readonly string[]): string {
	return `FINAL(${foundText(outputs)})`;
}

function summaryReply(question: string, outputs: readonly string[]): string {
	const shown = outputs.map((output) => `${OUTPUT_MARK}${output.slice(0, SUMMARY_CHARACTERS)}`);
	return [`The question: ${question}`, ...shown].join('\n');
}
