import type { CloudUse, Strategy } from './choices.ts';

/** What holds where nothing is set. The limits of a run are in core/limits.ts, for core knows nothing of settings. */
export const DEFAULTS = {
	strategy: 'adaptive',
	cloudUse: 'balanced',
	hedging: false,
	memo: false,
	/** Between two checks of a server that is well. */
	healthIntervalSeconds: 30,
	telemetryContent: false,
} as const satisfies { readonly strategy: Strategy; readonly cloudUse: CloudUse; readonly [name: string]: unknown };
