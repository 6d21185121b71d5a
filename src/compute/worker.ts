import { parentPort } from 'node:worker_threads';
import { reasonOf } from '../core/errors.ts';
import { JOBS, type JobAnswer, type JobMessage, READY } from './jobs.ts';

// Entry of a compute thread. It knows only its current job, and may be killed at any moment.

parentPort?.on('message', ({ name, input }: JobMessage) => {
	void answer(JOBS[name], input).then((message) => parentPort?.postMessage(message));
});

parentPort?.postMessage(READY);

async function answer(job: (typeof JOBS)[JobMessage['name']], input: unknown): Promise<JobAnswer> {
	try {
		return { output: await (job as (input: unknown) => unknown)(input) };
	} catch (error) {
		return { error: reasonOf(error) };
	}
}
