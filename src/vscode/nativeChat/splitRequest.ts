import { headAndTail } from '../../core/prompt/output.ts';

/** Messages up to this length are questions; longer ones are contexts. Characters. */
const QUESTION_CHARACTERS = 4_000;

/** One message of a request, as text. */
export interface PlainMessage {
	readonly role: 'user' | 'assistant';
	readonly text: string;
}

/** A request to our model, split into question and context. */
export interface SplitRequest {
	readonly question: string;
	/** Contexts, newest last; never empty. */
	readonly texts: readonly string[];
	/** Earlier short messages. */
	readonly history: readonly PlainMessage[];
}

/** Splits a request to our model: long messages become contexts, the last message is the question. */
export function splitRequest(messages: readonly PlainMessage[]): SplitRequest {
	const last = messages.findLast(({ role }) => role === 'user')?.text ?? '';
	const others = messages.filter(({ text }) => text !== last);
	const long = messages.filter(({ text }) => text.length > QUESTION_CHARACTERS).map(({ text }) => text);
	const history = others.filter(({ text }) => text.length <= QUESTION_CHARACTERS && text !== '');
	const isLong = last.length > QUESTION_CHARACTERS;
	const question = isLong
		? `${headAndTail(last, QUESTION_CHARACTERS / 2)}\n\n(This is the beginning and the end of the message; the whole message is in the context.)`
		: last;
	return { question, texts: long.length > 0 ? long : [last], history };
}
