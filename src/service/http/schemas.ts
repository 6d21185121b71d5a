import * as v from 'valibot';
import { MODES } from '../../core/modes.ts';
import { QUESTION_CHARACTERS } from '../../core/request.ts';
import { limitsSchema } from '../../settings/limits.ts';

// What clients send. The OpenAPI document is built from these schemas; `description` documents a field there.

/** Longest name, label, path or id from a client. Characters. */
export const NAME_CHARACTERS = 4096;
export const LONG_NAME = 'must have at most 4,096 characters';

const text = v.pipe(v.string(), v.nonEmpty('must not be empty'), v.maxLength(NAME_CHARACTERS, LONG_NAME));
const described = <S extends v.GenericSchema>(schema: S, description: string) =>
	v.pipe(schema, v.description(description));

const label = v.exactOptional(described(text, 'Name of the context in prompts and views.'));

/** A context, inline or by reference. */
export const contextSchema = v.union([
	v.strictObject({ id: described(text, 'Id of a stored context.') }),
	v.strictObject({
		text: described(v.string(), 'A text.'),
		path: v.exactOptional(described(text, 'Name of the text in citations; default "text".')),
		label,
	}),
	v.strictObject({
		files: described(
			v.pipe(v.array(v.strictObject({ path: text, text: v.string() })), v.minLength(1, 'must hold at least one file')),
			'Several texts with their paths.',
		),
		label,
	}),
	// The value is already JSON text when it is checked: see readJson.
	v.strictObject({ json: described(v.unknown(), 'Any JSON value; code gets it as a Python value.'), label }),
	v.strictObject({
		paths: described(
			v.pipe(v.array(text), v.minLength(1, 'must name at least one path')),
			'Files and folders below the folder of --allow-files.',
		),
	}),
]);

/** A context that a client sends. */
export type ContextInput = v.InferOutput<typeof contextSchema>;

const question = {
	query: described(
		v.pipe(
			v.string(),
			v.trim(),
			v.nonEmpty('must not be empty'),
			v.maxLength(QUESTION_CHARACTERS, 'must have at most 1,000,000 characters'),
		),
		'The question.',
	),
	mode: v.exactOptional(
		described(
			v.picklist(MODES),
			'The way to the answer; auto chooses by context, question and model. Default: the setting `mode` of the service.',
		),
	),
	rootModel: v.exactOptional(described(text, 'Model that writes the code: model or server/model.')),
	subModel: v.exactOptional(described(text, 'Model that answers sub-calls: model or server/model.')),
	limits: v.exactOptional(
		described(limitsSchema, "Limits of the run. The service's own hold where they are lower; times in seconds."),
	),
	memo: v.exactOptional(described(v.boolean(), 'Send identical sub-calls only once.')),
	strict: v.exactOptional(
		described(v.boolean(), 'Have the model mend or drop what of its answer does not hold in the text.'),
	),
	outputSchema: v.exactOptional(
		described(v.record(v.string(), v.unknown()), 'JSON schema (draft 2020-12) that the answer must match.'),
	),
	detach: v.exactOptional(
		described(
			v.boolean(),
			'Continue when the client disconnects. Without an event stream, the service answers 202 with the execution at once.',
		),
	),
};

/** `POST /query` */
export const querySchema = v.strictObject({
	...question,
	contexts: described(
		v.pipe(v.array(contextSchema), v.minLength(1, 'must hold at least one context')),
		'Contexts to ask about. The first is `context` in the code, all are `context_0`, `context_1`, …',
	),
});

/** `POST /sessions/:id/query` */
export const sessionQuerySchema = v.strictObject({
	...question,
	contexts: v.exactOptional(described(v.array(contextSchema), "Contexts of this question alone, after the session's.")),
});

/** A question as clients send it. */
export type QueryInput = v.InferOutput<typeof sessionQuerySchema>;

/** `POST /sessions` */
export const sessionSchema = v.strictObject({
	contexts: v.exactOptional(
		described(v.array(contextSchema), 'Contexts of all its questions. Inline ones are deleted with the session.'),
	),
});
