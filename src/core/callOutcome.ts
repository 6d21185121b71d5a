import { LimitReached } from './budget.ts';
import { CancelledError, type FailureCategory, ModelError, NoServerError, reasonOf } from './errors.ts';
import type { CallStatus, RunEvent } from './events.ts';
import type { ModelDescription } from './ports/model.ts';
import type { QueryReply, Repair } from './ports/sandbox.ts';
import { subCallCharacters } from './prompt/capacity.ts';

/** How a call ended, before it becomes an event. */
export interface CallOutcome {
	readonly status: CallStatus;
	readonly reply: QueryReply;
	readonly facts?: CallFacts;
	/** Present when the model may be asked to mend its reply. */
	readonly mend?: Omit<Repair, 'count'>;
}

type CallFacts = Partial<Pick<RunEvent & { type: 'call-end' }, 'usage' | 'costUsd' | 'server' | 'model'>> & {
	readonly attempts: number;
	readonly queueMs: number;
};

/** A limit left no room for the call, so it was not made. Code can tell this text from a failed call. */
export function notAsked(why: string): CallOutcome {
	return refused('budget', `not asked: ${why}`);
}

/** The call cannot be made. */
export function refused(failure: FailureCategory, text: string): CallOutcome {
	return { status: 'refused', reply: { text, failure } };
}

/** Nobody waits for the call any more. */
export const CANCELLED: CallOutcome = {
	status: 'cancelled',
	reply: { text: 'the call was cancelled', failure: 'cancelled' },
};

export function failed(failure: FailureCategory, text: string): CallOutcome {
	return { status: 'failed', reply: { text, failure } };
}

/** The sentence that the model's code gets for a failure. */
export function outcomeOf(error: unknown, subModel: ModelDescription): CallOutcome {
	if (error instanceof CancelledError) return CANCELLED;
	if (error instanceof LimitReached) return notAsked(error.message);
	if (error instanceof ModelError) return failed(error.category, modelSentence(error, subModel));
	if (error instanceof NoServerError) {
		return failed(error.failures.at(-1)?.category ?? 'connect', error.message);
	}
	return failed('server', reasonOf(error));
}

/** Advice about a prompt that is too long matters more than the server that refused it. */
function modelSentence(error: ModelError, subModel: ModelDescription): string {
	if (error.category !== 'context-overflow' && error.category !== 'truncated') return error.message;
	const { promptTokens, contextTokens } = error.facts;
	const size = promptTokens === undefined ? 'is too long' : `has about ${promptTokens} tokens`;
	// The prompt fits the window but leaves too little of it for the reply.
	const excess = (promptTokens ?? Number.POSITIVE_INFINITY) > (contextTokens ?? 0) ? 'more than' : 'too many for';
	const window = contextTokens === undefined ? '' : `, ${excess} the model's window of ${contextTokens}`;
	// The server's figure is newer than what was known when the run began.
	const served = Math.min(contextTokens ?? Number.POSITIVE_INFINITY, subModel.contextTokens);
	const most = subCallCharacters({ ...subModel, contextTokens: served });
	return `the prompt ${size}${window}; split it into prompts of at most ${most} characters`;
}
