import { CancelledError, ModelError } from '../core/errors.ts';
import type { ServerReport, ServerSoftware } from '../core/ports/model.ts';
import { type DetectedServer, detectServer } from '../models/detect.ts';
import { TokenEstimator } from '../models/estimate.ts';
import { SOFTWARE } from '../models/kinds.ts';
import { isChatModel } from '../models/listings.ts';
import type { ServerSettings } from '../settings/servers.ts';
import { createProvider } from './providers.ts';

/** Default addresses of local servers. What actually listens there is detected. */
const USUAL_PORTS: readonly number[] = SOFTWARE.flatMap(({ port }) => port ?? []);

/** Preferred first. */
const LOCAL_SOFTWARE: readonly ServerSoftware[] = [...SOFTWARE.map(({ id }) => id), 'compatible'];

/** Deadline of each request: a local server that has not answered by then is not there. ms */
const DEADLINE_MS = 1_500;

/** A model server that was found and cannot be used as it is. */
export interface UnusableServer {
	readonly software: ServerSoftware;
	readonly address: string;
	/** `loading`: its model is not loaded yet; `key`: it wants a key; `model`: it has no model for chat. */
	readonly why: 'loading' | 'key' | 'model';
}

/**
 * Searches the usual ports for local model servers, all at once, and silently skips ports without one. Servers identify
 * their own software. Returns only servers with at least one chat model; models in memory come first.
 * @param ports replace the usual ones, for tests
 * @param onUnusable told of each server that is there and cannot be used
 * @throws CancelledError
 */
export async function discoverServers(
	signal: AbortSignal,
	ports: readonly number[] = USUAL_PORTS,
	onUnusable: (server: UnusableServer) => void = () => undefined,
): Promise<readonly ServerSettings[]> {
	const addresses = [...new Set(ports)].map((port) => `http://127.0.0.1:${port}`);
	const found = await Promise.all(addresses.map((address) => look(address, signal, onUnusable)));
	if (signal.aborted) throw new CancelledError();
	const servers = found
		.filter((server) => server !== undefined)
		.sort((a, b) => LOCAL_SOFTWARE.indexOf(a.software) - LOCAL_SOFTWARE.indexOf(b.software));
	const ids = new Set<string>();
	return servers.map(({ software, ...server }) => ({ ...server, id: freeId(software, ids) }));
}

/** The name, with a number appended if it is taken; marks it as taken. */
export function freeId(name: string, taken: Set<string>): string {
	let id = name;
	for (let number = 2; taken.has(id); number++) id = `${name}-${number}`;
	taken.add(id);
	return id;
}

async function look(
	address: string,
	signal: AbortSignal,
	onUnusable: (server: UnusableServer) => void,
): Promise<(ServerSettings & { readonly software: ServerSoftware }) | undefined> {
	try {
		const server = await detectServer(address, signal, { deadlineMs: DEADLINE_MS });
		const unusable = (why: UnusableServer['why']) => onUnusable({ software: server.software, address, why });
		if (server.needsKey || server.isLoading) return void unusable(server.isLoading ? 'loading' : 'key');
		const report = await reportOf(server, AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]));
		const usable = report.models.filter(isChatModel);
		if (usable.length === 0) return void unusable('model');
		usable.sort((a, b) => Number(b.isLoaded ?? false) - Number(a.isLoaded ?? false));
		const { software, wire: kind } = server;
		const url = server.url.replace(/\/v1$/, '');
		return { software, id: '', kind, url, models: usable.map(({ name }) => name) };
	} catch (error) {
		// Nothing there, or nothing that can be used: that is what most ports are.
		if (error instanceof ModelError || error instanceof CancelledError) return undefined;
		throw error;
	}
}

async function reportOf({ wire: kind, url }: DetectedServer, signal: AbortSignal): Promise<ServerReport> {
	const provider = await createProvider({ id: 'local', kind, url }, undefined, new TokenEstimator());
	try {
		return await provider.probe(signal);
	} finally {
		provider.dispose?.();
	}
}
