import { reasonOf } from '../core/errors.ts';
import { checkShape, type JsonBounds, SHARED_THREAD } from '../protocol/boundedJson.ts';
import { FrameError } from '../protocol/frameError.ts';

/** Bounds of the JSON of a body. Its contexts are JSON of their own, and a thread has memory for them. */
const BODY: JsonBounds = { containers: 2_000_000, values: 8_000_000, depth: 500 };

/** A parsed body, or the reason why it was refused. */
export type BodyReading = { readonly value: unknown } | { readonly problem: string };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Parses the JSON body of a request. Contexts that are JSON values stay JSON text, which is what a run takes. So apart
 * from texts, little is sent back to the host.
 */
export function readBody(bytes: Uint8Array): BodyReading {
	try {
		checkShape(bytes, BODY);
		const value: unknown = JSON.parse(utf8.decode(bytes));
		writeContexts(value);
		checkParts(value);
		return { value };
	} catch (error) {
		const reason = reasonOf(error);
		return { problem: error instanceof FrameError ? `the body: ${reason}` : `the body is not JSON: ${reason}` };
	}
}

/** Contexts are in the list of a question or a session, or are the body itself. */
function writeContexts(body: unknown): void {
	if (!isObject(body)) return;
	const { contexts } = body;
	for (const context of [body, ...(Array.isArray(contexts) ? contexts : [])]) {
		if (isObject(context) && Object.hasOwn(context, 'json')) context.json = JSON.stringify(context.json);
	}
}

/**
 * Checks that everything except the contexts is small enough for the host's thread. @throws FrameError when it is not
 */
function checkParts(value: unknown): void {
	let parts = 0;
	const open: unknown[] = [value];
	for (let next = open.pop(); next !== undefined; next = open.pop()) {
		if (typeof next !== 'object' || next === null) continue;
		const inside = Object.values(next);
		parts += inside.length;
		if (parts > SHARED_THREAD.containers) throw new FrameError('there are too many fields and items besides contexts');
		for (const one of inside) open.push(one);
	}
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
