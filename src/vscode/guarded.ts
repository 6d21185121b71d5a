import { explain } from '../core/errors.ts';
import type { Log } from './log.ts';
import { showError } from './showError.ts';

/**
 * Handles a command so that what goes wrong is logged, and shown as everything else is: VS Code itself would put it into
 * a dialog.
 * @param what for the log: what could not be done
 * @param isQuiet whether an error is none for the user
 */
export function guarded<A extends readonly unknown[]>(
	log: Log,
	what: string,
	handler: (...args: A) => unknown,
	isQuiet: (error: unknown) => boolean = () => false,
): (...args: A) => Promise<unknown> {
	return async (...args) => {
		try {
			return await handler(...args);
		} catch (error) {
			if (isQuiet(error)) return undefined;
			log.error(what, error);
			void showError(explain(error));
			return undefined;
		}
	};
}
