/** A field of a JSON value from a server; undefined when the value is not an object. */
export function field(value: unknown, name: string): unknown {
	return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** A list in a JSON value from a server; empty when there is none. */
export function listField(value: unknown, name: string): readonly unknown[] {
	const list = field(value, name);
	return Array.isArray(list) ? list : [];
}

export function textField(value: unknown, name: string): string | undefined {
	const text = field(value, name);
	return typeof text === 'string' && text ? text : undefined;
}

/** A positive number in a JSON value from a server. */
export function numberField(value: unknown, name: string): number | undefined {
	const number = field(value, name);
	return typeof number === 'number' && Number.isFinite(number) && number > 0 ? number : undefined;
}
