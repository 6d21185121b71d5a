import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { itemsUntilAborted, onAbort, untilAborted } from '../../../src/core/abort.ts';
import { CancelledError } from '../../../src/core/errors.ts';

describe('a signal that fires', () => {
	it('calls back once, immediately if it has fired, and never after listening has stopped', () => {
		const controller = new AbortController();
		const calls: string[] = [];
		onAbort(controller.signal, () => calls.push('kept'));
		onAbort(controller.signal, () => calls.push('stopped'))();
		controller.abort();
		onAbort(controller.signal, () => calls.push('late'))();
		expect(calls).toEqual(['kept', 'late']);
	});

	it('ends the wait for work, and leaves the work alone', async () => {
		const controller = new AbortController();
		const { promise, resolve } = Promise.withResolvers<string>();
		const waiting = untilAborted(promise, controller.signal);
		controller.abort();
		await expect(waiting).rejects.toBeInstanceOf(CancelledError);
		resolve('done');
		expect(await promise).toBe('done');
		await expect(untilAborted(Promise.reject(new Error('late')), controller.signal)).rejects.toThrow();
	});

	it('passes on the result of work that ends before it', async () => {
		const { signal } = new AbortController();
		expect(await untilAborted(Promise.resolve(1), signal)).toBe(1);
		await expect(untilAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
	});

	it('ends a silent stream and closes it', async () => {
		const controller = new AbortController();
		const stream = new Readable({ read() {} });
		stream.push('one');
		const items: string[] = [];
		const reading = (async () => {
			for await (const item of itemsUntilAborted(stream, controller.signal)) {
				items.push(String(item));
				setImmediate(() => controller.abort());
			}
		})();
		await expect(reading).rejects.toBeInstanceOf(CancelledError);
		expect(items).toEqual(['one']);
		stream.destroy();
	});
});
