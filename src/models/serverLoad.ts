import type { ServerLoad } from '../core/ports/model.ts';
import { field, numberField } from './fields.ts';
import { meanOf, type Sample, sumOf } from './http/prometheus.ts';

/** Work of a llama.cpp server, from `/slots`, `/metrics`, or both. */
export function llamaLoad(slots: unknown, samples: readonly Sample[]): ServerLoad | undefined {
	const list = Array.isArray(slots) ? slots : [];
	const busy = list.filter((slot) => field(slot, 'is_processing') === true);
	const used = list.reduce((sum: number, slot) => sum + (numberField(slot, 'n_prompt_tokens') ?? 0), 0);
	const room = list.reduce((sum: number, slot) => sum + (numberField(slot, 'n_ctx') ?? 0), 0);
	return filled({
		running: sumOf(samples, 'llamacpp:requests_processing') ?? (list.length > 0 ? busy.length : undefined),
		waiting: sumOf(samples, 'llamacpp:requests_deferred'),
		places: list.length > 0 ? list.length : undefined,
		cacheUsedShare: room > 0 ? Math.min(1, used / room) : undefined,
		promptTokensPerSecond: positive(sumOf(samples, 'llamacpp:prompt_tokens_seconds')),
		completionTokensPerSecond: positive(sumOf(samples, 'llamacpp:predicted_tokens_seconds')),
	});
}

/** Work of a vLLM server, from `/metrics`. The name of the cache figure differs between versions. */
export function vllmLoad(samples: readonly Sample[]): ServerLoad | undefined {
	return filled({
		running: sumOf(samples, 'vllm:num_requests_running'),
		waiting: sumOf(samples, 'vllm:num_requests_waiting'),
		cacheUsedShare: meanOf(samples, 'vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc'),
	});
}

/** Work of an SGLang server, from `/metrics`. */
export function sglangLoad(samples: readonly Sample[]): ServerLoad | undefined {
	return filled({
		running: sumOf(samples, 'sglang:num_running_reqs'),
		waiting: sumOf(samples, 'sglang:num_queue_reqs'),
		cacheUsedShare: meanOf(samples, 'sglang:token_usage'),
		completionTokensPerSecond: positive(sumOf(samples, 'sglang:gen_throughput')),
	});
}

function positive(value: number | undefined): number | undefined {
	return value !== undefined && value > 0 ? value : undefined;
}

/** Drops unknown fields; undefined when all are unknown. */
function filled(load: { readonly [K in keyof ServerLoad]: ServerLoad[K] | undefined }): ServerLoad | undefined {
	const known = Object.entries(load).filter(([, value]) => value !== undefined);
	return known.length === 0 ? undefined : (Object.fromEntries(known) as ServerLoad);
}
