import type { CloudUse, Strategy } from './choices.ts';

/** Defaults. The limits of a run are in core/limits.ts, because core knows nothing of settings. */
export const DEFAULTS = {
	strategy: 'adaptive',
	cloudUse: 'balanced',
	hedging: false,
	memo: false,
	strictEvidence: false,
	/** Interval between checks of a healthy server. */
	healthIntervalSeconds: 30,
	telemetryContent: false,
} as const satisfies { readonly strategy: Strategy; readonly cloudUse: CloudUse; readonly [name: string]: unknown };
