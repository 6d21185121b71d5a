import type { ModeReason, Way } from '../core/modes.ts';
import { head, type RunState } from '../core/runState.ts';

/** A run goes on in a mode. */
export function begin({ shared, place, progress }: RunState, mode: Way, reason: ModeReason): void {
	progress.mode = mode;
	shared.emitter.emit({ type: 'mode-start', ...head(place), mode, reason });
}
