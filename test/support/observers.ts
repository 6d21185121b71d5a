import type { CallObserver } from '../../src/core/ports/model.ts';

/** An observer of a call that looks away, but for what it is given. */
export function observer(watched: Partial<CallObserver> = {}): CallObserver {
	return { onDelta: () => {}, onAttempt: () => () => {}, onAttemptFailed: () => {}, ...watched };
}
