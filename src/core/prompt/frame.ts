import type { Limits } from '../events.ts';
import { type ParsedReply, parseReply } from '../parse.ts';
import type { ChatMessage, ModelReply } from '../ports/model.ts';
import type { CellResult, ChangedVariable } from '../ports/sandbox.ts';
import { compactedMessage, iterationNote } from './messages.ts';
import { outputMessage } from './output.ts';

/** One cell that ran, for the message after it. */
export interface RanCell {
	readonly result: CellResult;
	/** The variables after it; empty unless the frame lists them. */
	readonly variables: readonly ChangedVariable[];
}

/** What follows a reply. */
export interface Aftermath {
	readonly cells: readonly RanCell[];
	/** Sentences for the model. */
	readonly notes: readonly string[];
	/** The next iteration, from 1. */
	readonly next: number;
}

/**
 * Frames the conversation with a root model: what opens it, how a reply is read, what follows. Ours is one message of the
 * user after each reply; a model that was trained on another frame gets that one.
 */
export interface Frame {
	/** The system prompt, then the messages of the user before the first reply. */
	readonly opening: readonly [ChatMessage, ...ChatMessage[]];
	readonly read: (reply: Pick<ModelReply, 'text' | 'finishReason'>) => ParsedReply;
	/** The messages of the user after a reply. */
	readonly after: (aftermath: Aftermath) => readonly string[];
	/** The messages of the user with which the conversation goes on after a compaction. */
	readonly afterCompaction: (summary: string, variables: string) => readonly string[];
	/** Characters of each stream of a cell that it needs. */
	readonly outputCharacters: number;
	/** Whether it lists variables. */
	readonly listsVariables: boolean;
	/** Whether a reply without code and answer is told so. */
	readonly asksForCode: boolean;
	/** Whether the blocks after one that failed run as well. */
	readonly goesOnAfterErrors: boolean;
	/** Whether messages of the user that follow each other stay apart. */
	readonly keepsMessagesApart: boolean;
}

/** Our own frame: one message of the user, with the question and the context, and one after each reply. */
export function ownFrame(system: string, first: string, limits: Limits): Frame {
	return {
		opening: [
			{ role: 'system', content: system },
			{ role: 'user', content: first },
		],
		read: ({ text, finishReason }) => parseReply(text, finishReason),
		after: ({ cells, notes, next }) => {
			const results = cells.map(({ result }) => result);
			return [outputMessage(results, limits, [...notes, iterationNote(next, limits)])];
		},
		afterCompaction: (summary, variables) => [compactedMessage(first, summary, variables)],
		outputCharacters: limits.outputCharacters,
		listsVariables: false,
		asksForCode: true,
		goesOnAfterErrors: false,
		keepsMessagesApart: false,
	};
}
