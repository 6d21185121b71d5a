import type { FailureCategory, ModelError } from '../../core/errors.ts';
import { classifyErrorInSuccess, modelError, type RequestSite } from './classify.ts';
import type { Phase } from './phaseTimer.ts';

/** The error for a phase that lasted too long. */
export function timeoutError(site: RequestSite, phase: Phase, milliseconds: number): ModelError {
	const seconds = `${milliseconds / 1000} s`;
	if (phase === 'connect') {
		return modelError(site, `no connection after ${seconds}.`, { category: 'timeout', wasTurnedAway: true });
	}
	const what: Record<Exclude<Phase, 'connect'>, string> = {
		firstByte: `no answer after ${seconds}.`,
		idle: `the reply stopped: nothing came for ${seconds}.`,
	};
	return modelError(site, what[phase], { category: 'timeout' });
}

/**
 * The error for a whole document in place of a stream: an error with status 200, or a server that cannot stream. HTML
 * comes from a proxy, a network's sign-in page or a program that is not a model server.
 * @param fallback the category when the document itself says nothing
 */
export function unstreamedError(site: RequestSite, document: string, fallback: FailureCategory): ModelError {
	if (!isWholeReply(document)) return classifyErrorInSuccess(site, document, fallback);
	const what = 'a stream was asked for, but a whole document came: this server does not stream its replies.';
	return modelError(site, what, { category: fallback });
}

/** What the OpenAI and the Anthropic protocol answer when no stream was asked for. */
function isWholeReply(text: string): boolean {
	return /^\s*\{/.test(text) && /"choices"\s*:\s*\[|"stop_reason"\s*:/.test(text) && !/"error"\s*:\s*[{"]/.test(text);
}

/** Whether an error is a defect of our own code, not of the reply. */
export function isDefect(error: unknown): boolean {
	return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
}
