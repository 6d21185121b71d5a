import { isWithoutSandbox } from '../core/errors.ts';
import type { RunState } from '../core/runState.ts';
import { tell } from '../core/steps/step.ts';

/**
 * Notes that the sandbox could not start, if that is what went wrong and the run can do without. A mode that was chosen
 * for its code, a value as answer or context, and the built-in engine, which writes code, cannot.
 */
export function doesWithout(state: RunState, error: unknown): boolean {
	const { request, root, progress } = state;
	const needsCode = request.outputFields !== undefined || request.output !== undefined || root.isBuiltin;
	const isForText = request.contexts.every(({ kind }) => kind !== 'json');
	if (!isWithoutSandbox(error) || (request.mode ?? 'explore') === 'explore' || needsCode || !isForText) return false;
	if (!progress.lacksSandbox) tell(state, `Code cannot run here: ${error.message}`);
	progress.lacksSandbox = true;
	return true;
}
