import {
	CancellationTokenSource,
	type LanguageModelChat,
	LanguageModelChatMessage,
	LanguageModelError,
	l10n,
	lm,
} from 'vscode';
import { itemsUntilAborted, onAbort } from '../../core/abort.ts';
import { bareReply } from '../../core/bareReply.ts';
import { CancelledError, type FailureCategory, ModelError, reasonOf, throwIfCancelled } from '../../core/errors.ts';
import type { ChatMessage, ChatReply, ChatRequest, DeltaSink, Provider, ServerReport } from '../../core/ports/model.ts';
import { present } from '../../core/present.ts';
import { estimateTokens } from '../../core/tokens.ts';
import { ReplyText } from '../../models/replyText.ts';
import type { ServerSettings } from '../../settings/servers.ts';

/** Models that VS Code offers, as one server of the kind `vscode`. VS Code asks the user before it lends one. */
export class LanguageModels implements Provider {
	readonly #id: string;
	readonly #isUsable: (model: LanguageModelChat) => boolean;

	/** @param isUsable tells which models may be used; ours may not, or a run would call itself */
	constructor({ id }: Pick<ServerSettings, 'id'>, isUsable = ({ vendor }: LanguageModelChat) => vendor !== 'rlm') {
		this.#id = id;
		this.#isUsable = isUsable;
	}

	async probe(signal: AbortSignal): Promise<ServerReport> {
		const models = await this.#models(signal);
		return {
			software: 'VS Code',
			models: models.map((model) => ({ name: nameOf(model), contextTokens: model.maxInputTokens })),
		};
	}

	async contextTokens(model: string, signal: AbortSignal): Promise<number | undefined> {
		return (await this.#find(model, signal)).maxInputTokens;
	}

	async chat(request: ChatRequest, onDelta: DeltaSink, signal: AbortSignal): Promise<ChatReply> {
		const model = await this.#find(request.model, signal);
		const source = new CancellationTokenSource();
		const stopListening = onAbort(signal, () => source.cancel());
		const startedAt = performance.now();
		let firstTokenAt: number | undefined;
		let text = '';
		let hasStopped = false;
		// The interface has no stop texts and continues no reply.
		const body = new ReplyText(
			present({ stop: request.stop }),
			(piece) => {
				text += piece;
				onDelta(piece, 'text');
			},
			() => {
				hasStopped = true;
			},
		);
		try {
			request.onSent?.();
			const options = { justification: l10n.t('A question that you asked RLM.') };
			const response = await model.sendRequest(toMessages(request.messages), options, source.token);
			// Some versions of VS Code never end the stream of a cancelled request.
			for await (const piece of itemsUntilAborted(response.text, signal)) {
				firstTokenAt ??= performance.now();
				body.push(piece);
				if (!hasStopped) continue;
				source.cancel();
				break;
			}
			body.end();
		} catch (error) {
			throw signal.aborted ? new CancelledError() : this.#explained(error, request.model);
		} finally {
			stopListening();
			source.dispose();
		}
		throwIfCancelled(signal);
		const { text: said, reasoning, calls } = bareReply(text);
		if (said.trim() === '' && calls.length === 0) throw this.#error('empty', request.model, 'it gave no text');
		const endedAt = performance.now();
		return {
			text: said,
			reasoning,
			...(calls.length === 0 ? {} : { toolCalls: calls }),
			finishReason: 'stop',
			model: nameOf(model),
			usage: {
				promptTokens: request.messages.reduce((sum, { content }) => sum + estimateTokens(content), 0),
				completionTokens: estimateTokens(text),
				isEstimate: true,
			},
			firstTokenMs: (firstTokenAt ?? endedAt) - startedAt,
			durationMs: endedAt - startedAt,
		};
	}

	async #models(signal: AbortSignal): Promise<LanguageModelChat[]> {
		throwIfCancelled(signal);
		const models = await lm.selectChatModels();
		throwIfCancelled(signal);
		return models.filter(this.#isUsable);
	}

	async #find(name: string, signal: AbortSignal): Promise<LanguageModelChat> {
		const models = await this.#models(signal);
		const found = models.find((model) => [nameOf(model), model.id, model.family].includes(name));
		if (found) return found;
		const offered = models.length === 0 ? 'none' : models.map(nameOf).join(', ');
		throw this.#error('model-not-found', name, `VS Code does not offer it; it offers: ${offered}`);
	}

	#explained(error: unknown, model: string): ModelError {
		if (!(error instanceof LanguageModelError)) {
			return this.#error('server', model, reasonOf(error), error);
		}
		const categories: Readonly<Record<string, FailureCategory>> = {
			[LanguageModelError.NoPermissions().code]: 'auth',
			[LanguageModelError.Blocked().code]: 'quota',
			[LanguageModelError.NotFound().code]: 'model-not-found',
		};
		const category = categories[error.code];
		return this.#error(category ?? 'server', model, error.message, error, category !== undefined);
	}

	#error(
		category: FailureCategory,
		model: string,
		problem: string,
		cause?: unknown,
		wasTurnedAway = false,
	): ModelError {
		const facts = { category, server: this.#id, url: 'vscode', model, wasTurnedAway };
		return new ModelError(`Server "${this.#id}" (VS Code's own models), model "${model}": ${problem}.`, facts, {
			cause,
		});
	}
}

/** Names a model, for example `copilot/gpt-5-mini`; models of one family differ by their id. */
function nameOf({ vendor, family, id }: LanguageModelChat): string {
	return `${vendor}/${family || id}`;
}

/** Puts system messages before the first user message, because the API has none. */
function toMessages(messages: readonly ChatMessage[]): LanguageModelChatMessage[] {
	const system = messages.filter(({ role }) => role === 'system').map(({ content }) => content);
	const rest = messages.filter(({ role }) => role !== 'system');
	const [first, ...others] = rest;
	const opening = [...system, ...(first ? [first.content] : [])].join('\n\n');
	return [
		LanguageModelChatMessage.User(opening),
		...others.map(({ role, content }) =>
			role === 'assistant' ? LanguageModelChatMessage.Assistant(content) : LanguageModelChatMessage.User(content),
		),
	];
}
