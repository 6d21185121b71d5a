/** The pages beside chat of each software, as it really serves them. A change in the state is a change of the server. */
import type { ScriptedPage, ScriptedPages } from './scriptedServer.ts';

const LLAMA_HEADERS = { Server: 'llama.cpp', 'Access-Control-Allow-Origin': '', 'Keep-Alive': 'timeout=5, max=100' };

/** A llama.cpp server whose state a test changes. */
export interface LlamaState {
	isLoading?: boolean;
	/** `/health` is not answered: all threads wait for slots. */
	isStarved?: boolean;
	apiKey?: string;
	/** Slots that work; of `slots`. */
	busy?: number;
	slots?: number;
	deferred?: number;
	hasMetrics?: boolean;
}

/** Recorded from llama-server v0.5.0: health, models, properties, slots and metrics. */
export function llamaPages(state: LlamaState): ScriptedPages {
	const answer = (body: string | object, status = 200): ScriptedPage => ({ status, headers: LLAMA_HEADERS, body });
	const error = (code: number, message: string, type: string) => answer({ error: { message, type, code } }, code);
	const slots = state.slots ?? 2;
	return (path, request) => {
		if (state.isLoading) return error(503, 'Loading model', 'unavailable_error');
		if (path === '/health') return state.isStarved ? 'hang' : answer({ status: 'ok' });
		if (state.apiKey !== undefined && request.headers.authorization !== `Bearer ${state.apiKey}`) {
			return error(401, 'Invalid API Key', 'authentication_error');
		}
		if (path === '/v1/models') return answer(LLAMA_MODELS);
		if (path === '/props') {
			return answer({
				default_generation_settings: { id: 0, id_task: -1, n_ctx: 1024, speculative: false, is_processing: false },
				total_slots: slots,
				model_alias: 'tiny-random',
				model_path: '/models/tiny-random.gguf',
				is_sleeping: false,
				build_info: 'b1-de3ff81',
			});
		}
		if (path === '/slots') return answer(Array.from({ length: slots }, (_, id) => slot(id, id < (state.busy ?? 0))));
		if (path === '/metrics') {
			if (state.hasMetrics) return { headers: LLAMA_HEADERS, body: llamaMetrics(state) };
			const message = 'This server does not support metrics endpoint. Start it with `--metrics`';
			return error(501, message, 'not_supported_error');
		}
		return error(404, 'File Not Found', 'not_found_error');
	};
}

const LLAMA_MODELS = {
	models: [{ name: 'tiny-random', model: 'tiny-random', type: 'model', capabilities: ['completion'] }],
	object: 'list',
	data: [
		{
			id: 'tiny-random',
			aliases: ['tiny-random'],
			tags: [],
			object: 'model',
			created: 1_795_209_467,
			owned_by: 'llamacpp',
			meta: { vocab_type: 1, n_vocab: 32_000, n_ctx: 1024, n_ctx_train: 8192, n_embd: 64, size: 16_680_192 },
		},
	],
};

function slot(id: number, isBusy: boolean): object {
	return {
		id,
		n_ctx: 1024,
		speculative: false,
		is_processing: isBusy,
		id_task: isBusy ? 151 : -1,
		n_prompt_tokens: isBusy ? 512 : 0,
		n_prompt_tokens_processed: 0,
		n_prompt_tokens_cache: 0,
	};
}

function llamaMetrics({ busy = 0, deferred = 0 }: LlamaState): string {
	return `# HELP llamacpp:prompt_tokens_seconds Average prompt throughput in tokens/s.
# TYPE llamacpp:prompt_tokens_seconds gauge
llamacpp:prompt_tokens_seconds 21043.8
# HELP llamacpp:predicted_tokens_seconds Average generation throughput in tokens/s.
# TYPE llamacpp:predicted_tokens_seconds gauge
llamacpp:predicted_tokens_seconds 2071.29
# TYPE llamacpp:requests_processing gauge
llamacpp:requests_processing ${busy}
# TYPE llamacpp:requests_deferred gauge
llamacpp:requests_deferred ${deferred}
`;
}

/** An Ollama server whose state a test changes. */
export interface OllamaState {
	/** `/api/ps` is not answered while a model loads. */
	isLoading?: boolean;
	/** Models in memory. */
	resident?: readonly { name: string; size: number; size_vram: number; context_length: number }[];
	installed?: readonly { name: string; size: number }[];
}

export function ollamaPages(state: OllamaState): ScriptedPages {
	const details = { parent_model: '', format: 'gguf', family: 'qwen3', parameter_size: '32.8B' };
	return (path) => {
		if (path === '/') return { body: 'Ollama is running' };
		if (path === '/api/version') return { body: { version: '0.33.0' } };
		if (path === '/api/tags') {
			const models = (state.installed ?? []).map((model) => ({ ...model, model: model.name, digest: 'd', details }));
			return { body: { models } };
		}
		if (path === '/api/ps') {
			if (state.isLoading) return 'hang';
			const models = (state.resident ?? []).map((model) => ({
				...model,
				model: model.name,
				digest: 'd',
				details,
				expires_at: '2026-11-21T12:00:00.123456789+01:00',
			}));
			return { body: { models } };
		}
		return path === '/v1/models' ? { body: { object: 'list', data: [] } } : undefined;
	};
}

/** A vLLM server whose state a test changes. */
export interface VllmState {
	running?: number;
	waiting?: number;
	/** `/health` says that the engine has died. */
	isDead?: boolean;
}

export function vllmPages(state: VllmState): ScriptedPages {
	return (path) => {
		if (path === '/health') return { status: state.isDead ? 503 : 200, body: '' };
		if (path === '/v1/models') {
			const model = { object: 'model', created: 1_795_209_467, owned_by: 'vllm', root: 'Qwen/Qwen3-8B', parent: null };
			return { body: { object: 'list', data: [{ id: 'Qwen/Qwen3-8B', ...model, max_model_len: 32_768 }] } };
		}
		if (path === '/metrics') return { body: vllmMetrics(state) };
		return { status: 404, body: { detail: 'Not Found' } };
	};
}

function vllmMetrics({ running = 0, waiting = 0 }: VllmState): string {
	const labels = '{engine="0",model_name="Qwen/Qwen3-8B"}';
	return `# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running${labels} ${running}.0
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting${labels} ${waiting}.0
# TYPE vllm:kv_cache_usage_perc gauge
vllm:kv_cache_usage_perc${labels} 0.42
`;
}

/** LM Studio 0.4: its own list, and an answer with status 200 for every page that it does not have. */
export const lmStudioPages: ScriptedPages = (path) => {
	if (path === '/v1/models') {
		const data = ['qwen3-8b', 'text-embedding-nomic'].map((id) => ({
			id,
			object: 'model',
			owned_by: 'organization_owner',
		}));
		return { body: { data, object: 'list' } };
	}
	if (path !== '/api/v1/models') return { body: { error: `Unexpected endpoint or method. (GET ${path})` } };
	const loaded = { id: 'qwen3-8b', config: { context_length: 16_384, parallel: 4, flash_attention: true } };
	return {
		body: {
			models: [
				{
					type: 'llm',
					publisher: 'qwen',
					key: 'qwen3-8b',
					display_name: 'Qwen3 8B',
					size_bytes: 5_030_000_000,
					loaded_instances: [loaded],
					max_context_length: 40_960,
				},
				{ type: 'embedding', key: 'text-embedding-nomic', size_bytes: 84_000_000, loaded_instances: [] },
			],
		},
	};
};

export const sglangPages: ScriptedPages = (path) => {
	if (path === '/health') return { body: '' };
	if (path === '/get_model_info') return { body: { model_path: 'Qwen/Qwen3-8B', is_generation: true } };
	if (path === '/v1/models') {
		const model = { id: 'Qwen/Qwen3-8B', object: 'model', owned_by: 'sglang', max_model_len: 40_960 };
		return { body: { object: 'list', data: [model] } };
	}
	if (path !== '/metrics') return { status: 404, body: { detail: 'Not Found' } };
	const labels = '{model_name="Qwen/Qwen3-8B"}';
	return {
		body: `sglang:num_running_reqs${labels} 3.0\nsglang:num_queue_reqs${labels} 1.0\nsglang:token_usage${labels} 0.28\nsglang:gen_throughput${labels} 86.5\n`,
	};
};

/** The sign-in page of a network, for every path. */
export const captivePortal: ScriptedPages = () => ({
	headers: { 'content-type': 'text/html' },
	body: '<!DOCTYPE html><html><head><title>Welcome to Hotel Wi-Fi</title></head><body>Sign in</body></html>',
});

/** Some other program with a JSON interface. */
export const otherProgram: ScriptedPages = () => ({ body: { app: 'home-automation', version: 3 } });

/** A list of models as OpenRouter gives it. */
export const openRouterModels = {
	data: [
		{
			id: 'qwen/qwen3-32b',
			name: 'Qwen: Qwen3 32B',
			context_length: 131_072,
			architecture: { modality: 'text->text', input_modalities: ['text'], output_modalities: ['text'] },
			pricing: { prompt: '0.00000008', completion: '0.00000024', request: '0', input_cache_read: '0.00000002' },
			top_provider: { context_length: 40_960, max_completion_tokens: 40_960, is_moderated: false },
		},
		{
			id: 'openrouter/auto',
			context_length: 2_000_000,
			architecture: { output_modalities: ['text'] },
			pricing: { prompt: '-1', completion: '-1' },
			top_provider: { context_length: null },
		},
	],
};
