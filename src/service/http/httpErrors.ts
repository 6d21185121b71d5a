import type { ContentfulStatusCode } from 'hono/utils/http-status';
import {
	CancelledError,
	ConfigError,
	explain,
	InputError,
	ModelError,
	NoServerError,
	RlmError,
	traceOf,
} from '../../core/errors.ts';
import type { RunEnd } from '../../core/events.ts';
import { present } from '../../core/present.ts';
import { BodyError } from '../../node/bodies.ts';
import type { Log } from '../../node/log.ts';

/** A request that is answered with an error. */
export class HttpError extends RlmError {
	readonly code: string;
	readonly status: ContentfulStatusCode;
	readonly hint: string | undefined;

	/** @param hint what to do about it, in one sentence */
	constructor(status: ContentfulStatusCode, code: string, message: string, hint?: string) {
		super(message);
		this.status = status;
		this.code = code;
		this.hint = hint;
	}
}

/** The body of every error answer. */
export interface ErrorBody {
	readonly error: { readonly code: string; readonly message: string; readonly hint?: string };
}

/** Turns an error into an answer. Bugs go to the log; the client only learns that there was one. */
export function errorAnswer(
	error: unknown,
	log: Log,
): { readonly status: ContentfulStatusCode; readonly body: ErrorBody } {
	if (error instanceof HttpError) return answer(error.status, error.code, error.message, error.hint);
	if (error instanceof BodyError) return answer(error.status, error.code, error.message);
	if (!(error instanceof RlmError)) {
		log.error(`bug: ${traceOf(error)}`);
		return answer(500, 'internal', 'internal error; the log of the server has details');
	}
	const { message, hint } = explain(error);
	return answer(statusOf(error), error.code, message, hint);
}

function answer(status: ContentfulStatusCode, code: string, message: string, hint?: string) {
	return { status, body: { error: present({ code, message, hint }) } };
}

function statusOf(error: RlmError): ContentfulStatusCode {
	if (error instanceof InputError || error instanceof ConfigError) return 400;
	if (error instanceof ModelError || error instanceof NoServerError) return 502;
	return error instanceof CancelledError ? 503 : 500;
}

/** Returns the status for the end of a run; a run that did not fail is a success, whatever it found. */
export function statusOfEnd({ outcome, error }: Pick<RunEnd, 'outcome' | 'error'>): ContentfulStatusCode {
	if (outcome !== 'failed') return 200;
	if (error?.code === 'input' || error?.code === 'config') return 400;
	return error?.code === 'model' || error?.code === 'no-server' ? 502 : 500;
}
