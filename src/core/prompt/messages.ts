import type { ContextSummary, Limits } from '../events.ts';
import type { Sample } from './sample.ts';

/**
 * The user message that opens a run: the question and a description of the context.
 * @param sample what is shown of the contexts
 * @param earlier earlier exchanges of the conversation
 */
export function firstMessage(
	query: string,
	contexts: readonly ContextSummary[],
	sample: Sample,
	iterations: string,
	earlier?: string,
): string {
	return [
		`<question>\n${query}\n</question>`,
		`<context>\n${contexts.map((context, index) => described(context, index, sample.texts[index])).join('\n')}\n</context>`,
		...(earlier === undefined ? [] : [`<earlier>\n${earlier}\n</earlier>`]),
		iterations,
	].join('\n\n');
}

function described(summary: ContextSummary, index: number, sample = ''): string {
	const line = describeContext(summary, index);
	return sample === '' ? line : `${line}\n${sample}`;
}

function describeContext(summary: ContextSummary, index: number): string {
	const size =
		summary.kind === 'json'
			? `${summary.bytes} bytes as JSON`
			: `${summary.files === 1 ? '' : `${summary.files} files, `}${summary.lines} lines, ${summary.bytes} bytes of UTF-8`;
	return `context_${index}: ${summary.kind}, ${summary.label}: ${size}`;
}

/** The note on iterations at the end of each new user message, and only there. */
export function iterationNote(next: number, limits: Limits): string {
	if (next > limits.iterations) return 'There are no iterations left.';
	const last = next === limits.iterations ? ' This is the last one: hand in your best answer now.' : '';
	return `Iteration ${next} of ${limits.iterations}.${last}`;
}

/** Asks for the answer after a limit was reached. */
export function salvageMessage(why: string): string {
	return `The run ends now: ${why}. Reply with your best answer from what you have seen so far, as FINAL(your answer) on a line of its own, or FINAL_VAR(name) for a variable that holds it. No further code or calls. Say what is missing.`;
}

/** What a reply without code and answer is told. */
export const NO_CODE =
	'There was no code and no answer in your reply. Write one ```repl block, or hand in the answer with FINAL(your answer) on a line of its own.';

/** Asks for the summary that replaces the conversation when the window is nearly full. */
export const COMPACTION_REQUEST =
	'The conversation nearly fills your window. Write a summary that lets you go on without it: what the question needs, what you found (with figures, names and paths), which variables hold what, what is left to do. Plain text, no code.';

/** The user message that opens the conversation after a compaction. */
export function compactedMessage(first: string, summary: string, variables: string): string {
	return `${first}\n\n<summary>\n${summary.trim()}\n</summary>\n\nThe REPL is unchanged. Your variables: ${variables || 'none'}. The earlier messages are in \`history\`.`;
}

/** The one message of a direct call, when the whole context fits into the model's window. */
export function directMessage(query: string, text: string, earlier?: string): string {
	const before = earlier === undefined ? '' : `\n\n<earlier>\n${earlier}\n</earlier>`;
	return `Answer the question from the text below alone. Name your evidence as path:line where the text has files.\n\n<question>\n${query}\n</question>${before}\n\n<text>\n${text}\n</text>`;
}

/** Sentences that models give back as if they were an answer. */
export const OUR_TEXTS: readonly string[] = [
	salvageMessage(''),
	salvageMessage('the time is up'),
	NO_CODE,
	COMPACTION_REQUEST,
];
