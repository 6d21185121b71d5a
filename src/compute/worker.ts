import { parentPort } from 'node:worker_threads';
import { JOBS, type JobAnswer, type JobMessage, READY } from './jobs.ts';

// Entry of a compute thread. It knows no more than the job that it was given, and may be killed at any moment.

parentPort?.on('message', ({ name, input }: JobMessage) => {
	parentPort?.postMessage(answer(JOBS[name], input));
});

parentPort?.postMessage(READY);

function answer(job: (typeof JOBS)[JobMessage['name']], input: unknown): JobAnswer {
	try {
		return { output: (job as (input: unknown) => unknown)(input) };
	} catch (error) {
		return { error: error instanceof Error ? error.message : String(error) };
	}
}
