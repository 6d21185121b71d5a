import { EXIT } from './report.ts';

/** Cancels when the user or the system asks the program to end. */
export interface Interrupt {
	readonly signal: AbortSignal;
	/** Leaves signals to the system again. */
	dispose(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The first Ctrl+C fires the signal, so that what is there can be shown; the second ends the program at once. */
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
