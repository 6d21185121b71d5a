import { describe, expect, test } from 'vitest';
import { CancelledError } from '../../../src/core/errors.ts';
import { AsyncQueue } from '../../../src/core/queue.ts';
import { neverAborted } from '../../support/signals.ts';

const queue = () => new AsyncQueue<string>({ sizeOf: ({ length }) => length, most: 10 });

/** Whether a promise has settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
	let settled = false;
	void promise.finally(() => {
		settled = true;
	});
	await new Promise((resolve) => setImmediate(resolve));
	return settled;
}

describe('a queue with a slow reader', () => {
	test('lets producers wait until the reader has caught up, and loses nothing', async () => {
		const items = queue();
		items.push('a'.repeat(8));
		await items.room(neverAborted);
		items.push('b'.repeat(8));
		const room = items.room(neverAborted);
		expect(await isSettled(room)).toBe(false);
		const reader = items[Symbol.asyncIterator]();
		expect((await reader.next()).value).toBe('a'.repeat(8));
		await room;
		items.end();
		expect((await reader.next()).value).toBe('b'.repeat(8));
		expect((await reader.next()).done).toBe(true);
	});

	test('ends the wait of a cancelled producer', async () => {
		const items = queue();
		items.push('a'.repeat(20));
		const controller = new AbortController();
		const room = items.room(controller.signal);
		controller.abort();
		await expect(room).rejects.toBeInstanceOf(CancelledError);
	});

	test('keeps nothing and blocks nobody once its reader has gone', async () => {
		const items = queue();
		items.push('a'.repeat(8));
		items.push('b'.repeat(8));
		for await (const item of items) if (item.startsWith('a')) break;
		for (let index = 0; index < 3; index++) items.push('c'.repeat(20));
		await items.room(neverAborted);
		expect(items.isFull).toBe(false);
	});
});
