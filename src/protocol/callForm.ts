import * as v from 'valibot';
import type { JsonSchema } from '../core/ports/model.ts';
import { MOST_REPAIRS, type SubQuery } from '../core/ports/sandbox.ts';
import { present } from '../core/present.ts';
import { parseBoundedJson } from './boundedJson.ts';
import { checked, list } from './sandboxFrames.ts';

type CallForm = Pick<SubQuery, 'schema' | 'choices' | 'repair'>;

/** More choices than a call may have are refused with a sentence; these would only cost time. */
const MOST_CHOICES = 10_000;

const isObject = (value: unknown): value is JsonSchema =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const callForm = v.object({
	schema: v.optional(v.custom<JsonSchema>(isObject, 'it is not a JSON schema')),
	choices: v.optional(list(v.string(), MOST_CHOICES)),
	repair: v.optional(
		v.object({
			reply: v.string(),
			problem: v.string(),
			count: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MOST_REPAIRS)),
		}),
	),
});

/** Whether a call asks for more than a text. */
export function hasCallForm({ schema, choices, repair }: SubQuery): boolean {
	return schema !== undefined || choices !== undefined || repair !== undefined;
}

/** What a call asks for beside its prompt, as JSON text in the payload of a frame. */
export function encodeCallForm({ schema, choices, repair }: SubQuery): string {
	return JSON.stringify({ schema, choices, repair });
}

/** @throws FrameError */
export function decodeCallForm(json: Uint8Array): CallForm {
	return present(checked(callForm, parseBoundedJson(json)));
}
