import { ComputeError, InputError } from '../core/errors.ts';
import type { AnswerValidator } from '../core/request.ts';
import type { Compute } from './compute.ts';

/** A check of one answer may take this long. ms */
const CHECK_MS = 4000;
/** Of the JSON text of a schema; it stands in the system prompt. Characters. */
const SCHEMA_CHARACTERS = 64 << 10;

/**
 * Checks answers against a JSON schema (draft 2020-12). Schemas come from clients and answers from models, and a pattern,
 * a reference or `uniqueItems` can need any amount of work, so they meet on a compute thread.
 * @throws InputError when the schema is too long
 */
export function schemaValidator(schema: object, compute: Compute): AnswerValidator {
	const text = JSON.stringify(schema);
	if (text.length > SCHEMA_CHARACTERS) {
		throw new InputError(`a schema has at most ${SCHEMA_CHARACTERS} characters`);
	}
	return {
		description: `a value that fits this JSON schema: ${text}`,
		async check(answer, signal) {
			try {
				return await compute.run('checkAnswer', { schema: text, answer }, CHECK_MS, signal);
			} catch (error) {
				if (error instanceof ComputeError) return `it could not be checked against the schema: ${error.message}`;
				throw error;
			}
		},
	};
}

/**
 * Finds out whether a schema can be used at all: unknown references are only found when a value is checked.
 * @throws ComputeError when it cannot, CancelledError
 */
export async function tryOut(schema: object, compute: Compute, signal: AbortSignal): Promise<void> {
	await compute.run('checkAnswer', { schema: JSON.stringify(schema), answer: 'null' }, CHECK_MS, signal);
}
