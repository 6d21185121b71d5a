import { type CallOutcome, failed } from './callOutcome.ts';
import { ComputeError } from './errors.ts';
import { foldedChoice } from './foldedChoice.ts';
import type { JsonReader, JsonReading } from './ports/json.ts';
import type { ChatMessage, JsonSchema, ModelReply } from './ports/model.ts';
import { MOST_REPAIRS, type SubQuery } from './ports/sandbox.ts';
import { detachedHead } from './text.ts';

/** Longest schema, and choices together, in characters of JSON text: they are part of the prompt. */
const FORM_CHARACTERS = 64 << 10;
const MOST_CHOICES = 1_000;
/** Characters of a reply that is shown to its model again, and to whoever reads why it was not taken. */
const [REPEATED, QUOTED] = [4_000, 200];
/** Completion tokens for one of the choices, beside its own characters: quotes, and what some protocols put around it. */
const CHOICE_TOKENS = 64;
/** Schemas that are remembered as usable or not. */
const TRIED_SCHEMAS = 100;

/** The form that a reply must have. */
export interface ReplyForm {
	/** For the server. */
	readonly format: JsonSchema;
	/** For the model. */
	readonly said: string;
	/** Completion tokens that suffice for a model that does not think first; absent when that is not known. */
	readonly maxTokens?: number;
}

/** The form that a call asks for; undefined when any text will do. */
export function formOf({ schema, choices }: SubQuery): ReplyForm | undefined {
	if (choices !== undefined) {
		const list = choices.map((choice) => JSON.stringify(choice));
		return {
			format: { type: 'string', enum: [...choices] },
			said: `Reply with exactly one of these, and nothing else: ${list.join(', ')}`,
			maxTokens: CHOICE_TOKENS + 2 * Math.max(...list.map((choice) => choice.length)),
		};
	}
	if (schema === undefined) return undefined;
	return {
		format: schema,
		said: `Reply with JSON that fits this JSON schema, and nothing else:\n${JSON.stringify(schema)}`,
	};
}

/** What the model is sent: instructions, prompt, form, and for a repair its reply with what is wrong with it. */
export function messagesOf(query: SubQuery, form: ReplyForm | undefined): ChatMessage[] {
	const { system, prompt, context, repair } = query;
	const asked = [prompt, context, form?.said].filter((part) => part !== undefined).join('\n\n');
	const messages: ChatMessage[] = system === undefined ? [] : [{ role: 'system', content: system }];
	messages.push({ role: 'user', content: asked });
	if (repair === undefined) return messages;
	const again = form?.said ?? 'Write the whole reply again, without the mistake, and nothing else.';
	return [
		...messages,
		{ role: 'assistant', content: repair.reply.slice(0, REPEATED) || '(nothing)' },
		{ role: 'user', content: `This reply cannot be used: ${repair.problem}\n\n${again}` },
	];
}

/** The call that mends a reply; undefined when nothing is to be mended, or it was tried often enough. */
export function repairOf(query: SubQuery, { mend }: CallOutcome): SubQuery | undefined {
	const count = (query.repair?.count ?? 0) + 1;
	return mend === undefined || count > MOST_REPAIRS ? undefined : { ...query, repair: { ...mend, count } };
}

/** Checks what calls ask for, and what comes back. */
export class StructuredReplies {
	readonly #reader: JsonReader;
	readonly #problems = new Map<string, Promise<string | undefined>>();
	readonly #thinkers = new Set<string>();

	constructor(reader: JsonReader) {
		this.#reader = reader;
	}

	/** Notes that a model had nothing to say in a few tokens: it needs them to think, whatever its server tells of it. */
	noteThinker(model: string): void {
		this.#thinkers.add(model);
	}

	isThinker(model: string): boolean {
		return this.#thinkers.has(model);
	}

	/** Why a schema cannot be asked for; undefined when it can. Calls of a batch share it, so it is tried out once. */
	async problemOfSchema(schema: JsonSchema): Promise<string | undefined> {
		const json = JSON.stringify(schema);
		const known = this.#problems.get(json) ?? this.#tryOut(schema);
		if (this.#problems.size < TRIED_SCHEMAS) this.#problems.set(json, known);
		return known;
	}

	/**
	 * Reads a reply that has to have a form. Only a checked value gets through: what is cut, declined or something else is
	 * a failure. @throws CancelledError
	 */
	async read({ schema, choices }: SubQuery, reply: ModelReply, signal: AbortSignal): Promise<CallOutcome> {
		const { text, finishReason, isRepeating } = reply;
		if (finishReason === 'refusal') return failed('refused', `the model declined to answer${quoted(text)}`);
		let reading: JsonReading;
		if (isRepeating) reading = { problem: 'it only repeated itself' };
		else if (finishReason === 'length') reading = { problem: 'it was cut, because it was too long' };
		else if (choices) reading = readChoice(text, choices);
		else {
			try {
				reading = await this.#reader.read(text, schema ?? {}, signal);
			} catch (error) {
				if (!(error instanceof ComputeError)) throw error;
				return failed('invalid', `the reply could not be checked against the schema: ${error.message}${quoted(text)}`);
			}
		}
		if ('json' in reading) return { status: 'done', reply: { text: reading.json } };
		const { problem } = reading;
		const sentence = `the reply has not the form that was asked for: ${problem.replace(/\.$/, '')}${quoted(text)}`;
		return { ...failed('invalid', sentence), mend: { reply: detachedHead(text, REPEATED), problem } };
	}

	async #tryOut(schema: JsonSchema): Promise<string | undefined> {
		// Other calls may wait for this, so it goes on when one of them is given up; its time is bounded.
		const { signal } = new AbortController();
		try {
			await this.#reader.tryOut(schema, signal);
			return undefined;
		} catch (error) {
			if (!(error instanceof ComputeError)) throw error;
			return `the schema cannot be used: ${error.message}`;
		}
	}
}

/** What is wrong with the form that a call asks for, as far as a look at it shows; undefined when nothing is. */
export function problemOfForm({ kind, schema, choices }: SubQuery): string | undefined {
	if (schema === undefined && choices === undefined) return undefined;
	if (kind === 'rlm') return 'a child run takes neither a schema nor choices';
	if (schema && choices) return 'a call takes a schema or choices, not both';
	if (choices) return problemOfChoices(choices);
	const { length } = JSON.stringify(schema);
	if (length <= FORM_CHARACTERS) return undefined;
	return `a schema has at most ${FORM_CHARACTERS} characters, this one has ${length}`;
}

function problemOfChoices(choices: readonly string[]): string | undefined {
	if (choices.length === 0) return 'there are no choices';
	if (choices.length > MOST_CHOICES) return `there are at most ${MOST_CHOICES} choices, not ${choices.length}`;
	if (new Set(choices).size < choices.length) return 'two choices are the same text';
	if (choices.some((choice) => choice.trim() === '')) return 'a choice is empty';
	const characters = choices.reduce((sum, choice) => sum + choice.length, 0);
	if (characters <= FORM_CHARACTERS) return undefined;
	return `choices have at most ${FORM_CHARACTERS} characters together, these have ${characters}`;
}

function readChoice(text: string, choices: readonly string[]): JsonReading {
	const choice = foldedChoice(text, choices);
	return choice === undefined ? { problem: 'it is none of the choices' } : { json: JSON.stringify(choice) };
}

function quoted(text: string): string {
	const shown = text.slice(0, QUOTED).replace(/\s+/g, ' ').trim();
	return shown === '' ? '' : `; it was: ${shown}${text.length > QUOTED ? '…' : ''}`;
}
