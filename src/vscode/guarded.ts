import { explain } from '../core/errors.ts';
import type { Log } from './log.ts';
import { showError } from './showError.ts';

/**
 * Wraps a command so that errors are logged and shown as everywhere else: VS Code itself would show them in
 * a modal dialog.
 * @param what says in the log what failed
 * @param isQuiet tells which errors the user need not see
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
