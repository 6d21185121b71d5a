import { checkAnswer } from './checkAnswer.ts';
import { outlineText } from './outlineText.ts';
import { readBody } from './readBody.ts';

/** What a compute thread does. Each job takes one value and gives one, both of a kind that can be cloned. */
export const JOBS = { checkAnswer, outlineText, readBody } as const;

type Jobs = typeof JOBS;

/** The name of a job. */
export type JobName = keyof Jobs;
/** What a job takes. */
export type JobInput<N extends JobName> = Parameters<Jobs[N]>[0];
/** What a job gives. */
export type JobOutput<N extends JobName> = Awaited<ReturnType<Jobs[N]>>;

/** One job on its way to a thread. */
export interface JobMessage {
	readonly name: JobName;
	readonly input: unknown;
}

/** What a thread answers: what the job gave, or the message of the error that it threw. */
export type JobAnswer = { readonly output: unknown } | { readonly error: string };

/** What a thread says when it has started. */
export const READY = { isReady: true } as const;
