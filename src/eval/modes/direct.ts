import { CorpusView } from '../../context/corpusView.ts';
import { ModelError } from '../../core/errors.ts';
import type { TextContext } from '../../core/ports/context.ts';
import { subCompletionTokens } from '../../core/prompt/capacity.ts';
import { directMessage } from '../../core/prompt/messages.ts';
import type { PlainWork } from './plainRun.ts';

/** Bytes of text that surely fit a token of the window at the first try; a refusal makes it fewer. */
const BYTES_PER_TOKEN = 3.5;
const TRIES = 4;
const SMALLER = 0.7;
/** Tokens for the question, our words around it, and the template of the chat. */
const AROUND_TOKENS = 200;

/** One call with the head of the context, as much as the served window takes. */
export async function answerDirectly(work: PlainWork, query: string, context: TextContext): Promise<string> {
	const completion = subCompletionTokens(work.model);
	const room = work.model.contextTokens - completion - AROUND_TOKENS - Math.ceil(query.length / 3);
	let bytes = Math.max(1, Math.floor(room * BYTES_PER_TOKEN));
	for (let left = TRIES; ; left--) {
		const content = directMessage(query, headOf(context, bytes));
		try {
			return (await work.ask([{ role: 'user', content }], completion)).text;
		} catch (error) {
			const isTooLong = error instanceof ModelError && error.category === 'context-overflow';
			if (!isTooLong || left <= 1) throw error;
			bytes = Math.floor(bytes * SMALLER);
		}
	}
}

/** The first lines of a context, files one after another. The model is told when there is more. */
export function headOf(context: TextContext, bytes: number): string {
	const view = new CorpusView(context);
	const parts: string[] = [];
	let left = bytes;
	let shown = 0;
	for (const file of context.files) {
		const head = context.kind === 'files' ? `===== ${file.path} =====\n` : '';
		left -= head.length;
		if (left <= 0) break;
		const taken = file.length <= left ? file.length : endOfLineBefore(view.fileBytes(file), left);
		parts.push(`${head}${view.decode(file, 0, taken)}`);
		left -= taken;
		shown += taken;
		if (taken < file.length) left = 0;
	}
	const total = context.files.reduce((sum, { length }) => sum + length, 0);
	const text = parts.join('\n');
	return shown === total ? text : `${text}\n[The text goes on: this is the beginning, ${shown} of ${total} bytes.]`;
}

/** Byte offset after the last line feed that fits; without any, after the last whole character. */
function endOfLineBefore(bytes: Uint8Array, limit: number): number {
	const feed = bytes.subarray(0, limit).lastIndexOf(10);
	if (feed >= 0) return feed + 1;
	let end = limit;
	while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
	return end;
}
