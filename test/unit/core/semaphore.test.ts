import { expect, it } from 'vitest';
import { CancelledError } from '../../../src/core/errors.ts';
import { Semaphore } from '../../../src/core/semaphore.ts';

const never = new AbortController().signal;

it('admits no more than its size, first come, first served', async () => {
	const semaphore = new Semaphore(2);
	const order: number[] = [];
	let inside = 0;
	let most = 0;
	const work = (index: number) =>
		semaphore.run(async () => {
			order.push(index);
			most = Math.max(most, ++inside);
			await Promise.resolve();
			inside--;
		}, never);
	await Promise.all([0, 1, 2, 3, 4].map(work));
	expect(order).toEqual([0, 1, 2, 3, 4]);
	expect(most).toBe(2);
});

it('gives its place back when the work fails', async () => {
	const semaphore = new Semaphore(1);
	await expect(semaphore.run(() => Promise.reject(new Error('x')), never)).rejects.toThrow('x');
	await expect(semaphore.run(async () => 'in', never)).resolves.toBe('in');
});

it('lets a cancelled waiter go without taking its place', async () => {
	const semaphore = new Semaphore(1);
	let leave = () => {};
	const first = semaphore.run(() => new Promise<void>((resolve) => (leave = resolve)), never);
	const controller = new AbortController();
	const second = semaphore.run(async () => 'second', controller.signal);
	const third = semaphore.run(async () => 'third', never);
	controller.abort();
	await expect(second).rejects.toBeInstanceOf(CancelledError);
	leave();
	await first;
	await expect(third).resolves.toBe('third');
});
