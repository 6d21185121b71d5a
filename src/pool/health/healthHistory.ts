import type { HealthState } from './healthState.ts';

const MINUTE_MS = 60_000;
/** Minutes kept. */
const LENGTH = 60;
/** From harmless to severe: a minute has the state of its worst moment. */
const GRAVITY: readonly HealthState[] = ['unknown', 'up', 'busy', 'degraded', 'down'];

/** One moment, as a check found it. */
export interface HealthSample {
	readonly state: HealthState;
	readonly inFlight: number;
	/** Speed of the running completions; absent when nothing is running. */
	readonly tokensPerSecond?: number;
	/** Duration of the check; absent when it got no answer. */
	readonly latencyMs?: number;
}

/** One minute of a server. */
export interface HealthMinute {
	/** Its worst state. */
	readonly state: HealthState;
	/** Highest number of concurrent calls. */
	readonly inFlight: number;
	/** Highest speed. */
	readonly tokensPerSecond?: number;
	/** Longest check. */
	readonly latencyMs?: number;
}

/** The last hour of a server by minute. Minutes without a check are gaps. */
export class HealthHistory {
	readonly #minutes = new Map<number, HealthMinute>();

	/** @param now ms since the epoch */
	add(sample: HealthSample, now: number): void {
		const minute = Math.floor(now / MINUTE_MS);
		const before = this.#minutes.get(minute);
		this.#minutes.set(minute, before ? worse(before, sample) : sample);
		for (const old of this.#minutes.keys()) if (old <= minute - LENGTH) this.#minutes.delete(old);
	}

	/** 60 entries, ending with the minute of `now`; undefined where nothing is known. */
	minutes(now: number): readonly (HealthMinute | undefined)[] {
		const last = Math.floor(now / MINUTE_MS);
		return Array.from({ length: LENGTH }, (_, index) => this.#minutes.get(last - LENGTH + 1 + index));
	}
}

function worse(a: HealthMinute, b: HealthSample): HealthMinute {
	const isGraver = GRAVITY.indexOf(b.state) > GRAVITY.indexOf(a.state);
	return {
		state: isGraver ? b.state : a.state,
		inFlight: Math.max(a.inFlight, b.inFlight),
		...largest('tokensPerSecond', a.tokensPerSecond, b.tokensPerSecond),
		...largest('latencyMs', a.latencyMs, b.latencyMs),
	};
}

function largest<K extends string>(key: K, a: number | undefined, b: number | undefined): { [P in K]?: number } {
	const values = [a, b].filter((value) => value !== undefined);
	return values.length === 0 ? {} : ({ [key]: Math.max(...values) } as { [P in K]?: number });
}
