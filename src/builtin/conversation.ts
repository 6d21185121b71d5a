import type { ChatMessage } from '../core/ports/model.ts';
import { COMPACTION_REQUEST, salvageMessage } from '../core/prompt/messages.ts';

/** What the first message of a run says about the context. */
export interface ContextFacts {
	readonly kind: 'text' | 'files' | 'json';
	readonly label: string;
}

/** What a conversation asks for next. */
export type Request =
	| { readonly kind: 'prompt'; readonly prompt: string }
	| {
			readonly kind: 'iteration';
			readonly question: string;
			readonly context: ContextFacts;
			readonly outputs: readonly string[];
			readonly isLast: boolean;
	  }
	| { readonly kind: 'salvage' | 'summary'; readonly question: string; readonly outputs: readonly string[] };

const SALVAGE = salvageMessage('\0').split('\0');
const FIRST = /^<question>\n([\s\S]*?)\n<\/question>\n\n<context>\n([\s\S]*?)\n<\/context>/;
const ITERATION_NOTE = /\n*Iteration \d+ of \d+\.( This is the last one: .*)?\s*$/;

/** Reads a conversation. Everything that is not framed like a run is a plain prompt. */
export function readConversation(messages: readonly ChatMessage[]): Request {
	const users = messages.filter(({ role }) => role === 'user').map(({ content }) => content);
	const last = users.at(-1) ?? '';
	const opening = FIRST.exec(users[0] ?? '');
	if (!opening) return { kind: 'prompt', prompt: messages.map(({ content }) => content).join('\n\n') };
	const question = opening[1] ?? '';
	const outputs = users
		.slice(1)
		.filter((content) => !isSalvage(content) && content !== COMPACTION_REQUEST)
		.map((content) => content.replace(ITERATION_NOTE, ''));
	if (last === COMPACTION_REQUEST) return { kind: 'summary', question, outputs };
	if (isSalvage(last)) return { kind: 'salvage', question, outputs };
	return {
		kind: 'iteration',
		question,
		context: contextFacts(opening[2] ?? ''),
		outputs: [...outputsBefore(users[0] ?? ''), ...outputs],
		isLast: ITERATION_NOTE.exec(last)?.[1] !== undefined,
	};
}

function isSalvage(content: string): boolean {
	const [before = '', after = ''] = SALVAGE;
	return content.startsWith(before) && content.endsWith(after);
}

/** After a compaction the first message holds this engine's summary, which lists the outputs so far. */
function outputsBefore(first: string): string[] {
	const summary = /<summary>\n([\s\S]*)\n<\/summary>/.exec(first)?.[1];
	return summary === undefined ? [] : summary.split(OUTPUT_MARK).slice(1);
}

/** Precedes each output in a summary, so that the next iteration can tell how far the plan is. */
export const OUTPUT_MARK = 'Output of a finished step:\n';

function contextFacts(description: string): ContextFacts {
	const match = /^context_0: (text|files|json), (.*?): /.exec(description);
	const kind = match?.[1];
	return { kind: kind === 'text' || kind === 'json' ? kind : 'files', label: match?.[2] ?? '' };
}
