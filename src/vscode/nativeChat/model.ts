import {
	type CancellationToken,
	LanguageModelChatMessageRole,
	type LanguageModelChatRequestMessage,
	type LanguageModelResponsePart,
	LanguageModelTextPart,
	l10n,
	type Progress,
} from 'vscode';
import { textContext } from '../../context/corpus.ts';
import { CancelledError, explain, InputError } from '../../core/errors.ts';
import { present } from '../../core/present.ts';
import { estimateTokens } from '../../core/tokens.ts';
import type { ContextSource } from '../contextSource.ts';
import type { Runs } from '../runs/runs.ts';
import { signalOf } from '../signal.ts';
import { type PlainMessage, splitRequest } from './splitRequest.ts';

/** Contexts up to this size are answered by one call. Tokens. */
const DIRECT_BELOW_TOKENS = 16_000;

/** Answers a request to our model with a run. @throws Error with a sentence for the caller */
export async function answerMessages(
	runs: Runs,
	messages: readonly LanguageModelChatRequestMessage[],
	progress: Progress<LanguageModelResponsePart>,
	token: CancellationToken,
): Promise<void> {
	const { question, texts, history } = splitRequest(messages.map(plain));
	const { signal, dispose } = signalOf(token);
	const histories = history.map(({ role, text }) => ({ role, content: text }));
	try {
		const run = runs.start(
			present({
				question,
				source: messageSource(texts),
				mode: 'auto',
				directBelowTokens: DIRECT_BELOW_TOKENS,
				histories: histories.length === 0 ? undefined : [JSON.stringify(histories)],
			}),
			signal,
		);
		const { answer, error } = await run.result;
		if (answer === '' && error) throw new InputError(error.message, error.hint);
		progress.report(new LanguageModelTextPart(answer));
	} catch (error) {
		if (error instanceof CancelledError) return;
		const { message, hint } = explain(error);
		throw new Error(hint === undefined ? message : `${message} ${hint}`, { cause: error });
	} finally {
		dispose();
	}
}

/** Estimates tokens; the text may go to any of several models. */
export function countTokens(text: string | LanguageModelChatRequestMessage): number {
	return estimateTokens(typeof text === 'string' ? text : plain(text).text);
}

function plain({ role, content }: LanguageModelChatRequestMessage): PlainMessage {
	const texts = content.map((part) => (part instanceof LanguageModelTextPart ? part.value : ''));
	return { role: role === LanguageModelChatMessageRole.Assistant ? 'assistant' : 'user', text: texts.join('') };
}

function messageSource(texts: readonly string[]): ContextSource {
	const label = l10n.t('messages of the chat');
	return {
		title: l10n.t('Ask about {0}', label),
		label,
		async collect() {
			const contexts = texts.map((text, index) => {
				const path = texts.length === 1 ? 'message' : `message ${index + 1}`;
				return textContext({ label: path, path, text });
			});
			return { contexts: await Promise.all(contexts), uriOf: () => undefined };
		},
	};
}
