import { CancelledError, InputError } from '../../core/errors.ts';
import { present } from '../../core/present.ts';
import { TokenEstimator } from '../../models/estimate.ts';
import { kindOf, serviceAt } from '../../models/kinds.ts';
import { isChatModel } from '../../models/listings.ts';
import { createProvider, keyOf } from '../../pool/providers.ts';
import { type TestCall, testCall } from '../../pool/testCall.ts';
import { type ServerSettings, serverUrl } from '../../settings/servers.ts';

/**
 * Makes a test call to the preferred model of a server, over its own connection.
 * @param stored the stored key of a server
 * @throws InputError without a model to test; ModelError when the call fails; CancelledError
 */
export async function testServer(
	server: ServerSettings,
	stored: (id: string) => Promise<string | undefined>,
	signal: AbortSignal,
): Promise<TestCall> {
	if (kindOf(server.kind).place !== 'server') {
		throw new InputError(`"${server.id}" is no server of its own, so there is nothing to test.`);
	}
	const estimator = new TokenEstimator();
	const provider = await createProvider(server, await keyOf(server, stored), estimator);
	try {
		const { models } = await provider.probe(signal);
		const usable = models.filter(isChatModel);
		const model = server.models?.[0] ?? (usable.find(({ isLoaded }) => isLoaded) ?? usable[0])?.name;
		if (model === undefined)
			throw new InputError(`The server "${server.id}" has no model for chat.`, 'Load one there.');
		const window = server.contextLength ?? models.find(({ name }) => name === model)?.contextTokens;
		const isHosted = serviceAt(serverUrl(server)) !== undefined;
		const options = present({ isHosted, contextTokens: window });
		return await testCall(provider, estimator, model, options, signal);
	} catch (error) {
		throw signal.aborted ? new CancelledError() : error;
	} finally {
		provider.dispose?.();
	}
}
