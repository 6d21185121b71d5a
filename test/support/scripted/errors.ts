import type { Wire } from './types.ts';

/** An error as a protocol wraps it. */
export function errorBody(kind: Wire, message: string, type: string): object {
	if (kind === 'ollama') return { error: message };
	if (kind === 'anthropic') return { type: 'error', error: { type, message }, request_id: 'req_scripted' };
	return { error: { message, type, code: null, param: null } };
}

/** What a server says that does not have the model. */
export function modelMissing(kind: Wire, model: string): { status: number; body: object } {
	if (kind === 'anthropic') return { status: 404, body: errorBody(kind, `model: ${model}`, 'not_found_error') };
	return {
		status: kind === 'openai' ? 400 : 404,
		body: errorBody(kind, `model '${model}' not found`, 'invalid_request_error'),
	};
}
