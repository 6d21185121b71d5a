import { present } from '../core/present.ts';
import { FRAME_CALLS, NAME_CHARACTERS, PAYLOAD_BYTES, STOP_CHARACTERS, STOP_TEXTS } from './frameLimits.ts';
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
	const { id, kind, promptBytes, contextBytes, systemBytes, formBytes, model } = value;
	if (!isCount(id) || (kind !== 'llm' && kind !== 'rlm') || !isLength(promptBytes)) return undefined;
	if (!isOptional(contextBytes, isLength) || !isOptional(systemBytes, isLength)) return undefined;
	if (!isOptional(formBytes, isLength)) return undefined;
	if (!isOptional(model, isName)) return undefined;
	const options = value.options === undefined ? undefined : readOptions(value.options);
	if (!options && value.options !== undefined) return undefined;
	const spans = value.spans === undefined ? undefined : readList(value.spans, readSpan);
	if (!spans && value.spans !== undefined) return undefined;
	return present({
		id,
		kind,
		promptBytes,
		contextBytes,
		systemBytes,
		formBytes,
		model,
		options,
		spans,
	});
}

function readOptions(value: unknown): Call['options'] {
	if (!isRecord(value)) return undefined;
	const { temperature, maxTokens } = value;
	if (!isOptional(temperature, isTemperature) || !isOptional(maxTokens, isPositive)) return undefined;
	const stop = value.stop === undefined ? undefined : readList(value.stop, (item) => (isStop(item) ? item : undefined));
	if ((!stop && value.stop !== undefined) || (stop && stop.length > STOP_TEXTS)) return undefined;
	return present({ temperature, maxTokens, stop });
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

function isTemperature(value: unknown): value is number {
	return typeof value === 'number' && value >= 0 && value <= 2;
}

function isPositive(value: unknown): value is number {
	return isCount(value) && value > 0;
}

function isStop(value: unknown): value is string {
	return typeof value === 'string' && value !== '' && value.length <= STOP_CHARACTERS;
}

function isBoolean(value: unknown): value is boolean {
	return typeof value === 'boolean';
}

function isRecord(value: unknown): value is Fields {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
