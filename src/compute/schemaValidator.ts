import { ComputeError, InputError } from '../core/errors.ts';
import type { AnswerValidator } from '../core/request.ts';
import type { Compute } from './compute.ts';

/** Time limit of one answer's check, ms. */
const CHECK_MS = 4000;
/** Longest schema, in characters of JSON text: it is part of the system prompt. */
const SCHEMA_CHARACTERS = 64 << 10;

/**
 * Checks answers against a JSON schema (draft 2020-12). Schemas come from clients and answers from models. A pattern, a
 * reference or `uniqueItems` can take any amount of work, so the check runs on a compute thread.
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
 * Finds out whether a schema is usable by checking a value: unknown references show up only then.
 * @throws ComputeError when it is not, CancelledError
 */
export async function tryOut(schema: object, compute: Compute, signal: AbortSignal): Promise<void> {
	await compute.run('checkAnswer', { schema: JSON.stringify(schema), answer: 'null' }, CHECK_MS, signal);
}
