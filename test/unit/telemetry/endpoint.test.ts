import { describe, expect, it } from 'vitest';
import { tracesEndpoint as endpoint } from '../../../src/telemetry/endpoint.ts';

const BASE = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const EXACT = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';

const tracesEndpoint = (settings: Parameters<typeof endpoint>[0], env: Record<string, string>) =>
	endpoint(settings, env, (message) => expect.unreachable(message));

describe('where spans are sent', () => {
	it.each([
		['http://collector:4318', 'http://collector:4318/v1/traces'],
		['http://collector:4318/', 'http://collector:4318/v1/traces'],
		['https://host/otlp/', 'https://host/otlp/v1/traces'],
	])('is below the base %s, from the setting and from the environment', (base, traces) => {
		expect(tracesEndpoint({ otlpEndpoint: base }, {})).toBe(traces);
		expect(tracesEndpoint(undefined, { [BASE]: base })).toBe(traces);
	});

	it('is the address for traces as it stands, where there is one', () => {
		const env = { [BASE]: 'http://a', [EXACT]: 'http://b/path' };
		expect(tracesEndpoint(undefined, env)).toBe('http://b/path');
		expect(tracesEndpoint({ otlpEndpoint: 'http://c' }, env)).toBe('http://c/v1/traces');
	});

	it('is undefined when nothing sets it, or it is switched off', () => {
		expect(tracesEndpoint(undefined, { [BASE]: ' ' })).toBeUndefined();
		expect(tracesEndpoint({ content: true }, {})).toBeUndefined();
		expect(tracesEndpoint({ otlpEndpoint: 'http://c' }, { OTEL_SDK_DISABLED: 'TRUE' })).toBeUndefined();
	});

	it.each(['collector:4318', 'ftp://collector', 'x'])(
		'is nowhere when a variable says %s, and that is told',
		(address) => {
			const told: string[] = [];
			expect(endpoint(undefined, { [BASE]: address }, (message) => told.push(message))).toBeUndefined();
			expect(told).toEqual([expect.stringContaining(BASE)]);
		},
	);
});
