import type { Settings } from '../settings/settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where spans are sent; undefined when tracing is off. The setting takes precedence over the environment, whose
 * variables are those of the OpenTelemetry specification (protocol/exporter: "Endpoint URLs for OTLP/HTTP"). A variable
 * with an unusable address, perhaps meant for other programs, is reported and otherwise ignored.
 */
export function tracesEndpoint(
	settings: Settings['telemetry'],
	env: Environment,
	tell: (message: string) => void,
): string | undefined {
	if (env.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true') return undefined;
	if (settings?.otlpEndpoint !== undefined) return belowBase(settings.otlpEndpoint);
	const exact = addressIn(env, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', tell);
	if (exact !== undefined) return exact;
	const base = addressIn(env, 'OTEL_EXPORTER_OTLP_ENDPOINT', tell);
	return base === undefined ? undefined : belowBase(base);
}

function belowBase(address: string): string {
	const url = new URL(address);
	url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/traces`;
	return url.href;
}

function addressIn(env: Environment, name: string, tell: (message: string) => void): string | undefined {
	const value = env[name]?.trim() ?? '';
	if (value === '') return undefined;
	if (/^https?:$/.test(URL.parse(value)?.protocol ?? '')) return value;
	tell(`no traces are sent: the environment variable ${name} is not an http:// or https:// address`);
	return undefined;
}
