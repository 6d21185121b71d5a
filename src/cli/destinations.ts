import { oneLine } from '../core/printable.ts';
import { shownAddress } from '../models/http/address.ts';
import { kindOf } from '../models/kinds.ts';
import { type ServerSettings, serverUrl } from '../settings/servers.ts';
import type { Settings } from '../settings/settings.ts';
import { tracesEndpoint } from '../telemetry/endpoint.ts';
import { keyVariables } from './keys.ts';

/** Headers that OpenTelemetry's exporter adds by itself where these variables are set (specification: protocol/exporter). */
const EXPORTER_HEADERS = ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS'];

/** Says where the texts of a run go with these settings: `texts go to …`. */
export function textDestinations(settings: Settings, env: NodeJS.ProcessEnv): string {
	const servers = reached(settings).map((server) => `${server.id} (${addressOf(serverUrl(server))})`);
	const { isolation, url } = settings.sandbox ?? {};
	if (isolation === 'remote' && url !== undefined) servers.push(`the sandbox server (${addressOf(url)})`);
	const collector = tracesEndpoint(settings.telemetry, env, () => {});
	if (settings.telemetry?.content && collector !== undefined) {
		servers.push(`the trace collector (${addressOf(collector)})`);
	}
	return servers.length === 0 ? 'texts stay here, with the built-in engine' : `texts go to ${servers.join(', ')}`;
}

/**
 * Lists what these settings reach, one line each: every address with the environment variables that are sent there,
 * then the names of the other settings.
 */
export function reachOf(settings: Settings): readonly string[] {
	const { servers: _, sandbox, telemetry, ...others } = settings;
	const lines = reached(settings).flatMap(serverLines);
	if (sandbox?.url !== undefined) {
		const token = sandbox.tokenEnv === undefined ? '' : `; gets the environment variable ${sandbox.tokenEnv}`;
		lines.push(`sandbox server at ${addressOf(sandbox.url)}: gets code and texts${token}`);
	}
	if (telemetry?.otlpEndpoint !== undefined) {
		const what = telemetry.content ? 'traces with prompts and replies' : 'traces';
		lines.push(
			`collector at ${addressOf(telemetry.otlpEndpoint)}: gets ${what}; gets the environment ${named(EXPORTER_HEADERS)}`,
		);
	}
	if (lines.length === 0) lines.push('no address');
	const names = Object.keys(others);
	return names.length === 0 ? lines : [...lines, `settings: ${names.join(', ')}`];
}

function serverLines(server: ServerSettings): string[] {
	const url = serverUrl(server);
	const variables = [...keyVariables({ ...server, url }, false), ...Object.values(server.headersEnv ?? {})];
	const keys = variables.length === 0 ? '' : `; gets the environment ${named(variables)}`;
	const lines = [`${oneLine(server.id)} at ${addressOf(url)}: gets texts${keys}`];
	if (server.metricsUrl !== undefined) lines.push(`GPU figures from ${addressOf(server.metricsUrl)}`);
	return lines;
}

function named(variables: readonly string[]): string {
	return `${variables.length === 1 ? 'variable' : 'variables'} ${variables.join(', ')}`;
}

/** Returns the servers outside this process. */
function reached({ servers }: Settings): readonly ServerSettings[] {
	return servers.filter(({ kind }) => kindOf(kind).place === 'server');
}

/** Formats a URL as the connection uses it: a host in look-alike letters appears in ASCII (punycode). */
function addressOf(url: string): string {
	return oneLine(shownAddress(URL.parse(url)?.href ?? url)).replace(/\/$/, '');
}
