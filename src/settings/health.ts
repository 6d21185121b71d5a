import * as v from 'valibot';

/** The watch over servers. */
export const healthSchema = v.strictObject({
	/** Between two checks of a server that is well. */
	intervalSeconds: v.exactOptional(v.pipe(v.number(), v.minValue(5, 'must be at least 5'))),
});
