import * as v from 'valibot';

// Types of values used by several settings.

export const text = v.pipe(v.string(), v.trim(), v.nonEmpty('must not be empty'));
export const count = v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(1, 'must be at least 1'));
export const amount = v.pipe(v.number(), v.minValue(0, 'must not be negative'));
export const positive = v.pipe(v.number(), v.gtValue(0, 'must be greater than 0'));

/** Address of a server. */
export const address = v.pipe(
	text,
	v.regex(/^[Hh][Tt][Tt][Pp][Ss]?:\/\/[^/\s]+/, 'must be an http:// or https:// address'),
	v.check(URL.canParse, 'is not an address: check host and port, and put an IPv6 address in brackets'),
);

/** Name of an environment variable. */
export const variable = v.pipe(
	text,
	v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable'),
);

/** The same value, deeply read-only. */
export type Unchanging<T> = T extends object ? { readonly [K in keyof T]: Unchanging<T[K]> } : T;
