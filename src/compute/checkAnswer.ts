import { type Schema, Validator } from '@cfworker/json-schema';

/** An answer and its schema, both as JSON text. */
export interface AnswerCheck {
	readonly schema: string;
	readonly answer: string;
}

/** Characters of the sentence shown to the model. */
const PROBLEM_CHARACTERS = 500;

/** The last validator. A run usually checks its answers in sequence. */
let last: { readonly schema: string; readonly validator: Validator } | undefined;

/**
 * Checks an answer against a JSON schema (draft 2020-12) without compiling the schema to code.
 * @returns the problem in one sentence that names the field, or undefined when the answer fits
 * @throws Error when the schema is unusable
 */
export function checkAnswer({ schema, answer }: AnswerCheck): string | undefined {
	return problemOf(schema, JSON.parse(answer));
}

/** The same for a value. @param schema JSON text */
export function problemOf(schema: string, value: unknown): string | undefined {
	if (last?.schema !== schema) last = { schema, validator: new Validator(JSON.parse(schema) as Schema, '2020-12') };
	const { valid, errors } = last.validator.validate(value);
	if (valid) return undefined;
	const deepest = errors.at(-1);
	if (!deepest) return 'it does not fit';
	const where = deepest.instanceLocation.replace(/^#\/?/, '') || 'the value';
	return `${where}: ${deepest.error}`.slice(0, PROBLEM_CHARACTERS);
}
