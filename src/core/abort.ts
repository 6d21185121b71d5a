import { CancelledError, throwIfCancelled } from './errors.ts';

/** Calls back once when a signal fires, immediately if it already has. @returns a function that stops listening */
export function onAbort(signal: AbortSignal, react: () => void): () => void {
	if (signal.aborted) {
		react();
		return () => {};
	}
	signal.addEventListener('abort', react, { once: true });
	return () => signal.removeEventListener('abort', react);
}

/** Waits until a signal fires. */
export async function aborted(signal: AbortSignal): Promise<void> {
	await new Promise<void>((resolve) => onAbort(signal, resolve));
}

/** Waits for work. The signal ends the wait, not the work. @throws CancelledError */
export async function untilAborted<T>(work: PromiseLike<T>, signal: AbortSignal): Promise<T> {
	let stop = () => {};
	const cancelled = new Promise<never>((_, reject) => {
		stop = onAbort(signal, () => reject(new CancelledError()));
	});
	try {
		return await Promise.race([work, cancelled]);
	} finally {
		stop();
	}
}

/**
 * Yields the items of a stream and leaves it as soon as the signal fires, even while it is silent. @throws
 * CancelledError
 */
export async function* itemsUntilAborted<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
	const iterator = items[Symbol.asyncIterator]();
	let isAtEnd = false;
	try {
		for (;;) {
			throwIfCancelled(signal);
			const next = await untilAborted(iterator.next(), signal);
			if (next.done) {
				isAtEnd = true;
				return;
			}
			yield next.value;
		}
	} finally {
		// Not awaited: a silent stream would settle only after its next item.
		if (!isAtEnd) iterator.return?.().catch(() => undefined);
	}
}
