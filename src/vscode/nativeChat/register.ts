import {
	type ChatParticipant,
	chat,
	type Disposable,
	type ExtensionContext,
	type LanguageModelChatInformation,
	type LanguageModelChatProvider,
	type LanguageModelTool,
	l10n,
	lm,
	Uri,
} from 'vscode';
import type { QueryHost } from '../runQuery.ts';
import type { QueryInput } from './tool.ts';

/** Ids, as package.json contributes them. */
const PARTICIPANT = 'rlm-vscode.rlm';
const TOOL = 'rlm_query_context';
const VENDOR = 'rlm';

/** Registers RLM with VS Code's own chat and other agents: `@rlm`, a tool and a model. Each loads on first use. */
export function registerChat(context: ExtensionContext, host: QueryHost): void {
	const add = (...disposables: Disposable[]) => context.subscriptions.push(...disposables);
	add(...participant(context, host));
	add(lm.registerTool(TOOL, tool(host)));
	add(lm.registerLanguageModelChatProvider(VENDOR, model(host)));
	// Without it the first message to `@rlm` finds no model where there is no other.
	lm.selectChatModels({ vendor: VENDOR }).then(undefined, (error: unknown) => {
		host.log.error(l10n.t('VS Code does not list the model RLM'), error);
	});
}

function participant(context: ExtensionContext, host: QueryHost): Disposable[] {
	const created: ChatParticipant = chat.createChatParticipant(PARTICIPANT, async (...message) => {
		const { answerRequest } = await import('./participant.ts');
		return answerRequest(host, ...message);
	});
	created.iconPath = Uri.joinPath(context.extensionUri, 'media', 'icon.png');
	created.followupProvider = {
		provideFollowups: async (result) => (await import('./participant.ts')).followUps(result),
	};
	// Feedback stays on this machine.
	const feedback = created.onDidReceiveFeedback(({ kind, result }) => {
		host.log.info(l10n.t('feedback on run {0}: {1}', String(result.metadata?.runId), kind));
	});
	return [created, feedback];
}

function tool({ runs }: QueryHost): LanguageModelTool<QueryInput> {
	return {
		prepareInvocation: async ({ input }) => (await import('./tool.ts')).prepareQuery(input),
		invoke: async ({ input }, token) => (await import('./tool.ts')).invokeQuery(runs, input, token),
	};
}

function model({ runs }: QueryHost): LanguageModelChatProvider {
	return {
		provideLanguageModelChatInformation: () => [information()],
		provideLanguageModelChatResponse: async (_model, messages, _options, progress, token) =>
			(await import('./model.ts')).answerMessages(runs, messages, progress, token),
		provideTokenCount: async (_model, text) => (await import('./model.ts')).countTokens(text),
	};
}

function information(): LanguageModelChatInformation {
	return {
		id: 'rlm',
		name: 'RLM',
		family: 'rlm',
		version: '1',
		detail: l10n.t('on your own servers'),
		tooltip: l10n.t('Long messages are put into a REPL and searched by code; your own model servers answer.'),
		maxInputTokens: 10_000_000,
		maxOutputTokens: 16_000,
		// Without it, agents are not offered the model, and `@rlm` has none to run on where there is no other.
		capabilities: { toolCalling: true },
	};
}
