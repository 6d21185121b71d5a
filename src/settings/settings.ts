import * as v from 'valibot';
import { ConfigError } from '../core/errors.ts';
import type { Limits } from '../core/events.ts';
import type { Isolation } from '../core/ports/sandbox.ts';
import { present } from '../core/present.ts';
import type { ProfileName } from '../core/prompt/profiles.ts';
import { AUTO } from './choices.ts';
import { contextSchema } from './context.ts';
import type { Unchanging } from './fields.ts';
import { healthSchema } from './health.ts';
import { coreLimits, limitsSchema } from './limits.ts';
import { modelEntries } from './models.ts';
import { pricesSchema } from './prices.ts';
import { settingsProblem } from './problem.ts';
import { sandboxSchema } from './sandbox.ts';
import { type ServerSettings, serverSchema } from './servers.ts';
import { telemetrySchema } from './telemetry.ts';

/** All settings: in `rlm.config.json`, in the editor as `rlm.*`. Each subject has a file of its own. */
export const settingsSchema = v.strictObject({
	servers: v.optional(v.array(serverSchema), []),
	...modelEntries,
	prices: v.exactOptional(pricesSchema),
	health: v.exactOptional(healthSchema),
	limits: v.exactOptional(limitsSchema),
	context: v.exactOptional(contextSchema),
	sandbox: v.exactOptional(sandboxSchema),
	telemetry: v.exactOptional(telemetrySchema),
});

type Written = Unchanging<v.InferOutput<typeof settingsSchema>>;

/** Validated settings. `auto` becomes undefined. */
export interface Settings extends Omit<Written, 'limits' | 'profile' | 'sandbox'> {
	readonly profile?: ProfileName;
	/** As the engine takes them. */
	readonly limits?: Partial<Limits>;
	readonly sandbox?: Omit<NonNullable<Written['sandbox']>, 'isolation'> & { readonly isolation?: Isolation };
}

/**
 * Validates settings.
 * @param where named in messages: `rlm.config.json` or `settings`
 * @throws ConfigError that names the field and what was expected
 */
export function parseSettings(value: unknown, where: string): Settings {
	if (Array.isArray(value)) throw new ConfigError(where, '', 'expected an object, got a list');
	const result = v.safeParse(settingsSchema, value);
	if (!result.success) throw settingsProblem(result.issues[0], settingsSchema, where);
	const { rootModel, subModel, profile, limits, sandbox, ...rest } = result.output;
	rejectDuplicates(rest.servers, where);
	if (sandbox?.isolation === 'remote' && sandbox.url === undefined) {
		throw new ConfigError(where, 'sandbox.url', 'is missing', 'Name the sandbox server, like http://10.0.0.5:8377');
	}
	return present({
		...rest,
		rootModel: unlessAuto(rootModel),
		subModel: unlessAuto(subModel),
		profile: unlessAuto(profile),
		limits: limits && coreLimits(limits),
		sandbox: sandbox && present({ ...sandbox, isolation: unlessAuto(sandbox.isolation) }),
	});
}

function unlessAuto<T extends string>(value: T | undefined): Exclude<T, typeof AUTO> | undefined {
	return value === AUTO ? undefined : (value as Exclude<T, typeof AUTO> | undefined);
}

function rejectDuplicates(servers: readonly ServerSettings[], where: string): void {
	for (const [index, { id }] of servers.entries()) {
		const first = servers.findIndex((server) => server.id === id);
		if (first < index) {
			throw new ConfigError(where, `servers[${index}].id`, `"${id}" is already the id of servers[${first}]`);
		}
	}
}
