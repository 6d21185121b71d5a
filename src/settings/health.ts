import * as v from 'valibot';

/** Health checks of servers. */
export const healthSchema = v.strictObject({
	/** Interval between checks of a healthy server. */
	intervalSeconds: v.exactOptional(v.pipe(v.number(), v.minValue(5, 'must be at least 5'))),
});
