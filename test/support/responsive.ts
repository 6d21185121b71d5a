import { setTimeout as sleep } from 'node:timers/promises';

/**
 * How often a service says that it lives while something goes on, asked again and again. A service whose thread is
 * blocked answers once at most: before the work that blocks it, or after.
 * @param url of the service
 */
export async function answersDuring(url: string, work: Promise<unknown>): Promise<number> {
	let isOver = false;
	const over = work.then(
		() => {
			isOver = true;
		},
		() => {
			isOver = true;
		},
	);
	let answers = 0;
	while (!isOver) {
		const answer = await Promise.race([fetch(`${url}/health`), over]);
		if (answer?.ok && !isOver) answers++;
		await answer?.body?.cancel();
		await sleep(5);
	}
	return answers;
}
