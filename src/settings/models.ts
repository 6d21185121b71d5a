import * as v from 'valibot';
import { MODES, VOTERS } from '../core/modes.ts';
import { PROFILE_NAMES } from '../core/prompt/profiles.ts';
import { AUTO, CLOUD_USES, STRATEGIES } from './choices.ts';
import { count, text } from './fields.ts';

/** The models of a run, and how its calls are spread over their servers. */
export const modelEntries = {
	/** `model` or `server/model`; absent or `auto`: the first model of the first server with the role. */
	rootModel: v.exactOptional(text),
	/** The same for sub-calls; absent or `auto`: the root model where a server offers it for the role. */
	subModel: v.exactOptional(text),
	strategy: v.exactOptional(v.picklist(STRATEGIES)),
	cloudUse: v.exactOptional(v.picklist(CLOUD_USES)),
	/** Also tries a sub-call that takes far too long at a second server. */
	hedging: v.exactOptional(v.boolean()),
	/** The way to an answer; absent: `auto`. */
	mode: v.exactOptional(v.picklist(MODES)),
	/** Runs that answer in the mode `vote`, at most. */
	voters: v.exactOptional(
		v.pipe(
			count,
			v.minValue(VOTERS.least, `must be at least ${VOTERS.least}`),
			v.maxValue(VOTERS.most, `must be at most ${VOTERS.most}`),
		),
	),
	/** Prompt profile of a model family; absent or `auto`: by the model's name and window. */
	profile: v.exactOptional(v.picklist([AUTO, ...PROFILE_NAMES])),
	/** Has a model mend or drop citations and sentences of its answer that do not hold. */
	strictEvidence: v.exactOptional(v.boolean()),
	/** Answers a sub-call that repeats an earlier one of the run with its reply. */
	memo: v.exactOptional(v.boolean()),
};
