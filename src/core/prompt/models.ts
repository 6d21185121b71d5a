import { shownParameters } from '../modelNames.ts';
import type { ModelDescription, ModelOffer } from '../ports/model.ts';
import { present } from '../present.ts';
import { sizeOf } from './profiles.ts';

/**
 * Names the models that code may ask, the usual one first, with what tells them apart: size, window, price. Undefined
 * when there is nothing to choose.
 */
export function describeModels(usual: ModelDescription, offers: readonly ModelOffer[]): string | undefined {
	const others = offers.filter(({ model }) => model !== usual.model);
	if (others.length === 0 || usual.isBuiltin) return undefined;
	const known = { ...usual, contextTokens: usual.isContextKnown ? usual.contextTokens : undefined };
	return [
		described(present<ModelOffer>(known), ['used when none is named']),
		...others.map((offer) => described(offer)),
	].join('; ');
}

function described(offer: ModelOffer, notes: readonly string[] = []): string {
	const { model, contextTokens, price, canThink } = offer;
	const size = sizeOf(offer);
	const facts = [
		...notes,
		...(size === undefined ? [] : [`${shownParameters(size)} parameters`]),
		...(contextTokens === undefined ? [] : [`window of ${contextTokens} tokens`]),
		...(canThink ? ['can reason'] : []),
		...(price === undefined ? [] : [`$${price.promptUsd} in, $${price.completionUsd} out per million tokens`]),
	];
	return facts.length === 0 ? `"${model}"` : `"${model}" (${facts.join(', ')})`;
}
