import { EXIT } from './report.ts';

/** A signal that fires when the user or the system asks the program to end. */
export interface Interrupt {
	readonly signal: AbortSignal;
	/** Stops listening for signals. */
	dispose(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Fires the signal on the first Ctrl+C, so that the results so far can be shown; the second ends the program at once. */
export function createInterrupt(): Interrupt {
	const controller = new AbortController();
	const onSignal = (): void => {
		if (controller.signal.aborted) process.exit(EXIT.cancelled);
		controller.abort();
	};
	for (const name of SIGNALS) process.on(name, onSignal);
	return {
		signal: controller.signal,
		dispose() {
			for (const name of SIGNALS) process.off(name, onSignal);
		},
	};
}
