import { present } from '../core/present.ts';
import { FRAME_CALLS, NAME_CHARACTERS, PAYLOAD_BYTES } from './frameLimits.ts';
import type { PythonHeader } from './sandboxFrames.ts';

/**
 * Hand-written checks for the headers that every model call sends. They accept less than the schema, never more:
 * headers they do not recognise return `undefined`, and the schema decides. Like the schema, they return a copy of the
 * known fields.
 */
export function readHotHeader(header: unknown): PythonHeader | undefined {
	if (!isRecord(header)) return undefined;
	if (header.op === 'submit') return readSubmit(header);
	return header.op === 'wait' ? readWait(header) : undefined;
}

type Fields = Readonly<Record<string, unknown>>;
type Call = Extract<PythonHeader, { op: 'submit' }>['calls'][number];
type Span = NonNullable<Call['spans']>[number];

function readSubmit({ calls, waits, request }: Fields): PythonHeader | undefined {
	const known = readList(calls, readCall);
	if (!known || !isOptional(waits, isBoolean) || !isOptional(request, isCount)) return undefined;
	return present({
		op: 'submit',
		calls: known,
		waits,
		request,
	});
}

function readWait({ ids, needsAll, timeoutMs, request }: Fields): PythonHeader | undefined {
	const known = readList(ids, (id) => (isCount(id) ? id : undefined));
	if (!known || !isBoolean(needsAll) || !isOptional(request, isCount)) return undefined;
	if (timeoutMs !== null && !isCount(timeoutMs)) return undefined;
	return present({ op: 'wait', ids: known, needsAll, timeoutMs, request });
}

function readCall(value: unknown): Call | undefined {
	if (!isRecord(value)) return undefined;
	const { id, kind, promptBytes, contextBytes, model } = value;
	if (!isCount(id) || (kind !== 'llm' && kind !== 'rlm') || !isLength(promptBytes)) return undefined;
	if (!isOptional(contextBytes, isLength) || !isOptional(model, isName)) return undefined;
	const spans = value.spans === undefined ? undefined : readList(value.spans, readSpan);
	if (!spans && value.spans !== undefined) return undefined;
	return present({
		id,
		kind,
		promptBytes,
		contextBytes,
		model,
		spans,
	});
}

function readSpan(value: unknown): Span | undefined {
	if (!isRecord(value)) return undefined;
	const { path, startLine, endLine } = value;
	if (typeof path !== 'string' || !isCount(startLine) || !isCount(endLine)) return undefined;
	return { path, startLine, endLine };
}

/** All items, or undefined when one of them is invalid. */
function readList<T>(value: unknown, read: (item: unknown) => T | undefined): T[] | undefined {
	if (!Array.isArray(value) || value.length > FRAME_CALLS) return undefined;
	const items: T[] = [];
	for (const item of value) {
		const known = read(item);
		if (known === undefined) return undefined;
		items.push(known);
	}
	return items;
}

function isOptional<T>(value: unknown, isValid: (value: unknown) => value is T): value is T | undefined {
	return value === undefined || isValid(value);
}

function isCount(value: unknown): value is number {
	return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isLength(value: unknown): value is number {
	return isCount(value) && value <= PAYLOAD_BYTES;
}

function isName(value: unknown): value is string {
	return typeof value === 'string' && value.length <= NAME_CHARACTERS;
}

function isBoolean(value: unknown): value is boolean {
	return typeof value === 'boolean';
}

function isRecord(value: unknown): value is Fields {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
