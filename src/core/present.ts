/** An object without its undefined fields: fields that may be undefined become optional. */
export type Present<T> = Simplify<
	{ [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
		[K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
	}
>;
type Simplify<T> = { -readonly [K in keyof T]: T[K] };
/** The same object type, where optional fields may be present as undefined. */
type Loose<T> = { [K in keyof T]: object extends Pick<T, K> ? T[K] | undefined : T[K] };

/**
 * Drops the undefined fields of an object literal, so that `'key' in object`, spreads over defaults and JSON agree.
 * Name the type, `present<Target>({...})`, if fields are functions or tuples.
 */
export function present<const T extends object>(fields: T): Present<T>;
export function present<T extends object>(fields: Loose<T>): T;
export function present(fields: object): object {
	const kept: Record<string, unknown> = {};
	for (const [name, value] of Object.entries(fields)) if (value !== undefined) kept[name] = value;
	return kept;
}
