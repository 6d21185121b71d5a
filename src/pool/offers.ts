import type { ModelOffer } from '../core/ports/model.ts';
import { present } from '../core/present.ts';
import { kindOf } from '../models/kinds.ts';
import { isChatModel } from '../models/listings.ts';
import type { PooledServer } from './server.ts';

/** A prompt that names more models than these helps nobody to choose. */
const MOST_OFFERS = 12;

/** The models that these servers offer, each once, with what is known of them. */
export function offersOf(servers: readonly PooledServer[]): readonly ModelOffer[] {
	const offers = new Map<string, ModelOffer>();
	for (const server of servers) {
		if (kindOf(server.settings.kind).place === 'here') continue;
		for (const model of namesOf(server)) {
			if (!offers.has(model)) offers.set(model, offerOf(server, model));
		}
	}
	return [...offers.values()].slice(0, MOST_OFFERS);
}

/** Without a list in the settings, only models in memory: to use another one, the server would have to load it. */
function namesOf({ settings, knownListings = [] }: PooledServer): readonly string[] {
	if (settings.models) return settings.models;
	return knownListings.filter((listing) => listing.isLoaded && isChatModel(listing)).map(({ name }) => name);
}

function offerOf(server: PooledServer, model: string): ModelOffer {
	const listing = server.knownListings?.find(({ name }) => name === model || name === `${model}:latest`);
	const { parameters, family, aliases, canThink } = listing ?? {};
	const contextTokens = server.settings.contextLength ?? listing?.contextTokens;
	return present({ model, contextTokens, price: server.price(model), parameters, family, aliases, canThink });
}
