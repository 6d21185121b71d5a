import type { ModelError } from '../../core/errors.ts';
import { modelError, type RequestSite } from './classify.ts';
import type { Phase } from './phaseTimer.ts';

/** The error for a phase that lasted too long. */
export function timeoutError(site: RequestSite, phase: Phase, milliseconds: number): ModelError {
	const seconds = `${milliseconds / 1000} s`;
	if (phase === 'connect') {
		return modelError(site, `no connection after ${seconds}.`, { category: 'timeout', wasTurnedAway: true });
	}
	const what: Record<Exclude<Phase, 'connect'>, string> = {
		firstByte: `no answer after ${seconds}.`,
		idle: `the reply stopped: nothing came for ${seconds}.`,
	};
	return modelError(site, what[phase], { category: 'timeout' });
}

/** Whether an error is a defect of our own code, not of the reply. */
export function isDefect(error: unknown): boolean {
	return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
}
