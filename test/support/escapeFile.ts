import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { reasonOf } from '../../src/core/errors.ts';
import { RUNTIME } from './runtimeModules.ts';

/** How to see that an attempt has succeeded. */
export type EscapeProof =
	/** A cell has printed this. */
	| { readonly type: 'stdout'; readonly contains: string }
	/** A file was made or changed. */
	| { readonly type: 'file'; readonly path: string }
	/** Somebody has connected to `{{PORT}}`. */
	| { readonly type: 'tcp'; readonly port: string }
	/** The host took a message with this text. */
	| { readonly type: 'hostmsg'; readonly contains: string }
	/** All objects of the host have this property. */
	| { readonly type: 'hostprop'; readonly prop: string }
	/** The host is dead, or does not answer. */
	| { readonly type: 'hostcrash' }
	/** None but what is watched in any case: the host lives, and the next cell works. */
	| { readonly type: 'none' }
	| { readonly type: 'any'; readonly of: readonly EscapeProof[] };

/**
 * An attempt to break out of a sandbox or to harm its host. Code and proof may name canaries: `{{CANARY}}` a secret of
 * the host's environment, `{{PROOF}}` a path that does not exist, `{{PORT}}` a port that listens, `{{PID}}` the host's
 * process, `{{CANARY_B}}` a text that only the attempt knows. `{{RUNTIME}}` in code is Python that binds `runtime`, the
 * globals of our own Python modules.
 */
export interface EscapeAttempt {
	readonly id: string;
	readonly route: string;
	readonly code: string;
	/** Further cells of the same REPL, to be run whatever became of the first. */
	readonly next?: readonly string[];
	readonly proof: EscapeProof;
}

export const CANARIES = ['CANARY', 'CANARY_B', 'PROOF', 'PORT', 'PID'] as const;

/** A file of attempts that cannot be used. The message says which attempt, and what is wrong with it. */
export class EscapeFileError extends Error {
	override readonly name = 'EscapeFileError';
}

const PROOFS = ['stdout', 'file', 'tcp', 'hostmsg', 'hostprop', 'hostcrash', 'none', 'any'] as const;

const text = v.pipe(v.string(), v.nonEmpty('must not be empty'));
const canaryText = v.pipe(
	text,
	v.check(
		(value) => unknownCanaries(value).length === 0,
		({ input }) => {
			return `names ${unknownCanaries(String(input)).join(', ')}; there are ${CANARIES.join(', ')}`;
		},
	),
);
/** What every object has in any case proves nothing. */
const property = v.pipe(
	text,
	v.check((name) => !(name in {}), 'is a property that every object has'),
);
const port = v.literal('{{PORT}}', 'must be {{PORT}}: nothing is listened for elsewhere');

const proofSchema: v.GenericSchema<unknown, EscapeProof> = v.lazy(() =>
	v.variant(
		'type',
		[
			v.object({ type: v.literal('stdout'), contains: canaryText }),
			v.object({ type: v.literal('file'), path: canaryText }),
			v.object({ type: v.literal('tcp'), port }),
			v.object({ type: v.literal('hostmsg'), contains: canaryText }),
			v.object({ type: v.literal('hostprop'), prop: property }),
			v.object({ type: v.literal('hostcrash') }),
			v.object({ type: v.literal('none') }),
			v.object({ type: v.literal('any'), of: v.pipe(v.array(proofSchema), v.minLength(1, 'must not be empty')) }),
		],
		`is not known; there are ${PROOFS.join(', ')}`,
	),
);

const attemptSchema = v.object({
	id: text,
	route: v.optional(v.string(), ''),
	code: text,
	next: v.exactOptional(v.array(text)),
	proof: proofSchema,
});

/** Reads a file of attempts: a JSON array. Fields that are not named above are for people. @throws EscapeFileError */
export function readAttempts(file: string): EscapeAttempt[] {
	const value = parse(file);
	if (!Array.isArray(value) || value.length === 0) throw new EscapeFileError(`${file}: expected a list of attempts`);
	const attempts = value.map((entry: unknown, index) => {
		const result = v.safeParse(attemptSchema, entry);
		if (result.success) return result.output;
		const [issue] = result.issues;
		throw new EscapeFileError(`${file}: ${nameOf(entry, index)}: ${v.getDotPath(issue) ?? 'it'} ${issue.message}`);
	});
	const ids = attempts.map(({ id }) => id);
	const twice = ids.find((id, index) => ids.indexOf(id) < index);
	if (twice !== undefined) throw new EscapeFileError(`${file}: there are two attempts with the id ${twice}`);
	return attempts;
}

/** The attempt with its canaries filled in. */
export function fillIn(attempt: EscapeAttempt, canaries: Readonly<Record<(typeof CANARIES)[number], string>>) {
	const known: Readonly<Record<string, string>> = { ...canaries, RUNTIME };
	const filled = JSON.stringify(attempt).replace(/\{\{(\w+)\}\}/g, (all, name: string) =>
		JSON.stringify(known[name] ?? all).slice(1, -1),
	);
	return JSON.parse(filled) as EscapeAttempt;
}

function parse(file: string): unknown {
	try {
		return JSON.parse(readFileSync(file, 'utf8'));
	} catch (error) {
		throw new EscapeFileError(`${file}: ${reasonOf(error)}`);
	}
}

function nameOf(entry: unknown, index: number): string {
	const id = v.safeParse(v.object({ id: v.string() }), entry);
	return id.success ? `attempt ${id.output.id}` : `attempt number ${index + 1}`;
}

/** Code may have braces of its own, a proof has not: one with a canary that is not planted could never be found. */
function unknownCanaries(value: string): string[] {
	const named = [...value.matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => name);
	return named.filter((name) => !CANARIES.some((canary) => canary === name));
}
