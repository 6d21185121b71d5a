import type { TextContext } from '../../core/ports/context.ts';
import type { ChatMessage } from '../../core/ports/model.ts';
import { conversationTokens } from '../../core/prompt/capacity.ts';
import { charactersFor } from '../../core/tokens.ts';
import { FileTools, parseAction } from './actions.ts';
import type { PlainWork } from './plainRun.ts';

const SYSTEM = `You answer a question about files that you cannot see. Reply with exactly one action, on a line of its own:
LIST            shows the paths of all files; LIST folder shows those below a folder
GREP pattern    shows the lines that match a regular expression, and how many there are; GREP pattern IN path searches only there
READ path 1-80  shows lines of a file
ANSWER text     gives your answer and ends the work
You are shown the result of each action before the next.`;

const LAST = 'There is no further action. Reply now with ANSWER and your best answer.';
const NO_ACTION = 'That is no action. Reply with one line that begins with LIST, GREP, READ or ANSWER.';
/** Characters of a result that an agent is shown. */
const RESULT_CHARACTERS = 8_000;
/** Share of the window at which the agent has to answer, and share that one result may take. */
const FULL_SHARE = 0.7;
const RESULT_SHARE = 0.2;
const COMPLETION_TOKENS = 1_024;

/**
 * A plain agent that searches and reads files, the honest baseline for long contexts (arXiv 2603.20432). The model port
 * has no tool calls, so an action is a line of text.
 */
export async function answerAsFilesAgent(work: PlainWork, query: string, context: TextContext): Promise<string> {
	const tools = new FileTools(context);
	const window = work.model.contextTokens;
	const characters = Math.min(RESULT_CHARACTERS, charactersFor(window * RESULT_SHARE));
	const completion = Math.min(COMPLETION_TOKENS, Math.floor(window / 8));
	const messages: ChatMessage[] = [
		{ role: 'system', content: SYSTEM },
		{ role: 'user', content: `${tools.summary}\n\nQuestion: ${query}` },
	];
	let actions = 0;
	let isReminded = false;
	for (;;) {
		const isLast = work.callsLeft <= 1 || conversationTokens(messages) > window * FULL_SHARE;
		if (isLast) addToLast(messages, LAST);
		const { text } = await work.ask([...messages], completion);
		const action = parseAction(text);
		if (action?.kind === 'answer') return action.text;
		if (isLast) return text;
		// Agents with native tools end with a reply that calls none.
		if (!action && (actions > 0 || isReminded)) return text;
		messages.push({ role: 'assistant', content: text });
		if (action) {
			actions++;
			messages.push({ role: 'user', content: `Result:\n${tools.perform(action, characters)}` });
		} else {
			isReminded = true;
			messages.push({ role: 'user', content: NO_ACTION });
		}
	}
}

/** The newest message only, so that servers can reuse what they cached of the rest. */
function addToLast(messages: ChatMessage[], text: string): void {
	const last = messages.pop();
	if (last) messages.push({ ...last, content: `${last.content}\n\n${text}` });
}
