import * as v from 'valibot';
import { address } from './fields.ts';

/** Export to an OpenTelemetry collector. */
export const telemetrySchema = v.strictObject({
	/** Its address (OTLP over HTTP); spans go to `/v1/traces` below it. */
	otlpEndpoint: v.exactOptional(address),
	/** Also exports prompts, replies, code and output. */
	content: v.exactOptional(v.boolean()),
});
