import { checkShape } from '../protocol/boundedJson.ts';
import { FrameError } from '../protocol/frameError.ts';
import { problemOf } from './checkAnswer.ts';

/** A reply of a model, and the schema of the value that it should be, as JSON text. */
export interface ReplyToRead {
	readonly schema: string;
	readonly reply: string;
}

/** Code in a reply: models put JSON into fences whatever they are told. */
const FENCED = /^[ \t]*(`{3,}|~{3,})[^\n`]*\n([\s\S]*?)\n?[ \t]*\1[ \t]*$/gm;
const NOT_JSON = 'it is not JSON';

/**
 * Finds the JSON value in a reply, which may have a fence or words around it but no second value, and checks it.
 * @returns the value as it was written, or the problem in one sentence
 * @throws Error when the schema is unusable
 */
export function readReply({ schema, reply }: ReplyToRead): { json: string } | { problem: string } {
	const found = valueIn(reply.trim());
	if ('problem' in found) return found;
	const problem = problemOf(schema, found.value);
	return problem === undefined ? { json: found.json } : { problem };
}

type Found = { readonly json: string; readonly value: unknown } | { readonly problem: string };

function valueIn(reply: string): Found {
	const whole = parsed(reply);
	if (!('problem' in whole)) return whole;
	const fenced = [...reply.matchAll(FENCED)].map(([, , inner = '']) => parsed(inner.trim()));
	const values = fenced.filter((found) => !('problem' in found));
	if (values.length > 1) return { problem: 'it holds more than one JSON value' };
	return values[0] ?? amongWords(reply) ?? whole;
}

/** The only list or object in a text; undefined when there is none. */
function amongWords(text: string): Found | undefined {
	const start = text.search(/[[{]/);
	const end = start < 0 ? -1 : endOfValue(text, start);
	if (end < 0) return undefined;
	const found = parsed(text.slice(start, end));
	if ('problem' in found || !/[[{]/.test(text.slice(end))) return found;
	return { problem: 'it holds more than one JSON value' };
}

/** Where the list or object ends that begins at a place; -1 when it does not. */
function endOfValue(text: string, start: number): number {
	let [depth, isInString] = [0, false];
	for (let index = start; index < text.length; index++) {
		const character = text[index];
		if (isInString && character === '\\') index++;
		else if (character === '"') isInString = !isInString;
		else if (!isInString && (character === '{' || character === '[')) depth++;
		else if (!isInString && (character === '}' || character === ']') && --depth === 0) return index + 1;
	}
	return -1;
}

function parsed(text: string): Found {
	if (text === '') return { problem: NOT_JSON };
	try {
		checkShape(text);
		return { json: text, value: JSON.parse(text) };
	} catch (error) {
		return { problem: error instanceof FrameError ? error.message : NOT_JSON };
	}
}
