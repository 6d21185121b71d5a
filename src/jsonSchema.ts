import { type Schema, Validator } from '@cfworker/json-schema';
import type { AnswerValidator } from './core/request.ts';

/** Checks answers against a JSON schema (draft 2020-12), without compiling it to code. */
export function schemaValidator(schema: object): AnswerValidator {
	const validator = new Validator(schema as Schema, '2020-12');
	return {
		description: `a value that fits this JSON schema: ${JSON.stringify(schema)}`,
		check(value) {
			const { valid, errors } = validator.validate(value);
			if (valid) return undefined;
			const deepest = errors.at(-1);
			return deepest
				? `${deepest.instanceLocation.replace(/^#\/?/, '') || 'the value'}: ${deepest.error}`
				: 'it does not fit';
		},
	};
}
