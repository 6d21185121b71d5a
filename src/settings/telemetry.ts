import * as v from 'valibot';
import { address } from './fields.ts';

/** What is told to an OpenTelemetry collector. */
export const telemetrySchema = v.strictObject({
	/** Its address (OTLP over HTTP); spans go to `/v1/traces` below it. */
	otlpEndpoint: v.exactOptional(address),
	/** Whether prompts, replies, code and output are exported as well. */
	content: v.exactOptional(v.boolean()),
});
