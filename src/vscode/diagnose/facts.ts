import { arch, hostname, platform, release } from 'node:os';
import { env, extensions, type SecretStorage, version, workspace } from 'vscode';
import { present } from '../../core/present.ts';
import { shownAddress } from '../../models/http/address.ts';
import type { FleetServer } from '../../pool/fleet.ts';
import { type ServerSettings, serverUrl } from '../../settings/servers.ts';
import { hasApiKey } from '../secrets.ts';

/** Where the key of a server comes from, and whether it is there. */
export interface KeyFact {
	/** Environment variable that the settings name. */
	readonly variable?: string;
	readonly isInVariable: boolean;
	readonly isStored: boolean;
}

/** Everything known about a server. */
export interface ServerFacts {
	readonly settings: ServerSettings;
	/** Address without user name and password. */
	readonly url: string;
	readonly key: KeyFact;
	/** Unset environment variables of further headers. */
	readonly missingHeaders: readonly string[];
	/** Its latest answer; absent when it could not be asked. */
	readonly seen: FleetServer | undefined;
	/** How far its clock is ahead of ours; undefined when it does not tell the time. ms */
	readonly clockAheadMs: number | undefined;
}

/** The machine that makes the requests. */
export interface Machine {
	readonly name: string;
	readonly system: string;
	/** Kind of the remote window, such as `ssh-remote`; undefined in a local one. */
	readonly remote: string | undefined;
	readonly vscode: string;
	readonly node: string;
	readonly extension: string;
	readonly isTrusted: boolean;
	/** Environment variables and settings that name a proxy. */
	readonly proxies: readonly string[];
}

/** Time limit for the request that reads a server's clock. ms */
const CLOCK_MS = 3_000;
const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'];

/** Collects facts about the configured servers. They hold no secrets: of a key only whether there is one. */
export function serverFacts(
	servers: readonly ServerSettings[],
	seen: readonly FleetServer[],
	secrets: SecretStorage,
): Promise<readonly ServerFacts[]> {
	return Promise.all(
		servers.map(async (settings) => ({
			settings,
			url: shownAddress(serverUrl(settings)),
			key: await keyFact(settings, secrets),
			missingHeaders: Object.values(settings.headersEnv ?? {}).filter((variable) => !process.env[variable]),
			seen: seen.find(({ id }) => id === settings.id),
			clockAheadMs: await clockAhead(serverUrl(settings)),
		})),
	);
}

/** Collects facts about the machine that makes the requests. */
export function machineFacts(extensionId: string): Machine {
	const proxy = workspace.getConfiguration('http').get<string>('proxy', '');
	return {
		name: hostname(),
		system: `${platform()} ${release()} ${arch()}`,
		remote: env.remoteName,
		vscode: version,
		node: process.version,
		extension: String(extensions.getExtension(extensionId)?.packageJSON.version ?? '?'),
		isTrusted: workspace.isTrusted,
		proxies: [...PROXY_VARIABLES.filter((name) => process.env[name]), ...(proxy === '' ? [] : ['http.proxy'])],
	};
}

async function keyFact(server: ServerSettings, secrets: SecretStorage): Promise<KeyFact> {
	const { apiKeyEnv } = server;
	return present({
		variable: apiKeyEnv,
		isInVariable: apiKeyEnv !== undefined && Boolean(process.env[apiKeyEnv]),
		isStored: await hasApiKey(secrets, server),
	});
}

/** Reads the clock from the `Date` header, which counts seconds (RFC 9110, section 6.6.1). */
async function clockAhead(url: string): Promise<number | undefined> {
	if (!/^https?:/.test(url)) return undefined;
	try {
		const { headers } = await fetch(new URL(url).origin, {
			method: 'HEAD',
			redirect: 'manual',
			signal: AbortSignal.timeout(CLOCK_MS),
		});
		const date = Date.parse(headers.get('date') ?? '');
		return Number.isNaN(date) ? undefined : date - Date.now();
	} catch {
		// It does not answer at all; the check of the server explains that better.
		return undefined;
	}
}
