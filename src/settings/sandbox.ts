import * as v from 'valibot';
import { ISOLATIONS } from '../core/ports/sandbox.ts';
import { AUTO } from './choices.ts';
import { address, variable } from './fields.ts';

/** Where model-written code runs. */
export const sandboxSchema = v.strictObject({
	/** Absent or `auto`: the host decides. */
	isolation: v.exactOptional(v.picklist([AUTO, ...ISOLATIONS])),
	/** Address of the sandbox server, for `remote`. */
	url: v.exactOptional(address),
	/** Environment variable of its token. */
	tokenEnv: v.exactOptional(variable),
});
