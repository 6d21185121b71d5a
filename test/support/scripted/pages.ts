import type { ScriptedModel, ScriptedServerOptions } from './options.ts';

// What servers answer beside chat: versions, models, windows.

const DEFAULT_WINDOW = 32_768;
const DEFAULT_SLOTS = 4;

/** A page of a server of this kind; undefined when it has none at this path. @param body of the request */
export function usualPage(
	path: string,
	body: Record<string, unknown> | undefined,
	{ kind, isLlamaCpp = true, slots = DEFAULT_SLOTS }: ScriptedServerOptions,
	models: readonly ScriptedModel[],
): object | undefined {
	if (kind === 'ollama') return ollamaPage(path, body, models);
	if (kind === 'anthropic') return anthropicPage(path, models);
	return openAiPage(path, models, isLlamaCpp, slots);
}

function ollamaPage(path: string, body: Record<string, unknown> | undefined, models: readonly ScriptedModel[]) {
	const pages: Record<string, () => object | undefined> = {
		'/api/version': () => ({ version: '0.33.0' }),
		'/api/tags': () => ({ models: models.map(({ name }) => ({ name, model: name, size: 1, digest: name })) }),
		'/api/ps': () => ({
			models: models
				.filter(({ isUnloaded }) => !isUnloaded)
				.map(({ name, contextTokens }) => ({
					name,
					model: name,
					size: 1,
					size_vram: 1,
					context_length: contextTokens ?? DEFAULT_WINDOW,
					expires_at: '2030-01-01T00:00:00Z',
				})),
		}),
		'/api/show': () => {
			const model = models.find(({ name }) => name === body?.model);
			if (!model) return undefined;
			return {
				capabilities: model.capabilities ?? ['completion'],
				template: model.template,
				model_info: {
					'general.architecture': 'scripted',
					'scripted.context_length': model.contextTokens ?? DEFAULT_WINDOW,
				},
			};
		},
	};
	return pages[path]?.();
}

function openAiPage(
	path: string,
	models: readonly ScriptedModel[],
	isLlamaCpp: boolean,
	slots: number,
): object | undefined {
	if (path === '/v1/models') {
		const data = models.map(({ name, contextTokens }) => ({
			id: name,
			object: 'model',
			created: 1,
			owned_by: isLlamaCpp ? 'llamacpp' : 'vllm',
			...(isLlamaCpp
				? { meta: { n_ctx: contextTokens ?? DEFAULT_WINDOW } }
				: { max_model_len: contextTokens ?? DEFAULT_WINDOW }),
		}));
		return { object: 'list', data };
	}
	if (path === '/health') return { status: 'ok' };
	if (path !== '/props' || !isLlamaCpp) return undefined;
	return {
		default_generation_settings: { n_ctx: models[0]?.contextTokens ?? DEFAULT_WINDOW },
		total_slots: slots,
		build_info: 'b1-scripted',
	};
}

function anthropicPage(path: string, models: readonly ScriptedModel[]): object | undefined {
	if (path !== '/v1/models') return undefined;
	return {
		data: models.map(({ name, contextTokens }) => ({
			type: 'model',
			id: name,
			display_name: name,
			created_at: '2026-01-01T00:00:00Z',
			max_input_tokens: contextTokens ?? DEFAULT_WINDOW,
		})),
		has_more: false,
		first_id: models[0]?.name ?? null,
		last_id: models.at(-1)?.name ?? null,
	};
}
