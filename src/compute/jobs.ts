import { checkAnswer } from './checkAnswer.ts';
import { findPassages } from './findPassages.ts';
import { outlineText } from './outlineText.ts';
import { readBody } from './readBody.ts';
import { readReply } from './readReply.ts';

/** The jobs of a compute thread. Each takes one value and returns one; both can be cloned. */
export const JOBS = { checkAnswer, findPassages, outlineText, readBody, readReply } as const;

type Jobs = typeof JOBS;

/** The name of a job. */
export type JobName = keyof Jobs;
/** Input of a job. */
export type JobInput<N extends JobName> = Parameters<Jobs[N]>[0];
/** Output of a job. */
export type JobOutput<N extends JobName> = Awaited<ReturnType<Jobs[N]>>;

/** A job as sent to a thread. */
export interface JobMessage {
	readonly name: JobName;
	readonly input: unknown;
}

/** Reply of a thread: the job's output, or the message of the error that it threw. */
export type JobAnswer = { readonly output: unknown } | { readonly error: string };

/** First message of a thread, sent when it has started. */
export const READY = { isReady: true } as const;
