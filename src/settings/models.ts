import * as v from 'valibot';
import { PROFILE_NAMES } from '../core/prompt/profiles.ts';
import { AUTO, CLOUD_USES, STRATEGIES } from './choices.ts';
import { text } from './fields.ts';

/** Which models a run uses, and how its calls are spread over the servers that have them. */
export const modelEntries = {
	/** `model` or `server/model`; absent or `auto`: the first model of the first server with the role. */
	rootModel: v.exactOptional(text),
	/** The same for sub-calls; absent or `auto`: the root model where a server offers it for the role. */
	subModel: v.exactOptional(text),
	strategy: v.exactOptional(v.picklist(STRATEGIES)),
	cloudUse: v.exactOptional(v.picklist(CLOUD_USES)),
	/** Whether a sub-call that takes far too long is tried at a second server as well. */
	hedging: v.exactOptional(v.boolean()),
	/** Prompts of a model family; absent or `auto`: by the model's name and window. */
	profile: v.exactOptional(v.picklist([AUTO, ...PROFILE_NAMES])),
	/** Whether a sub-call that is equal to an earlier one of the run gets its reply. */
	memo: v.exactOptional(v.boolean()),
};
