import type { RunEvent } from './events.ts';
import { present } from './present.ts';
import { detachedHead } from './text.ts';

/** Characters of a text that trees and views keep. The journal holds the full text. */
const LIMITS = { reply: 400, message: 4_000, output: 4_000, code: 20_000, answer: 200_000, question: 20_000 } as const;
/** Source spans and variables kept for a node. */
const MAX_ITEMS = 50;

/**
 * Bounds the texts of an event, so that a tree of thousands of nodes stays small even with long prompts. Drops prompts
 * entirely: a call has its preview.
 */
export function lighten(event: RunEvent): RunEvent {
	switch (event.type) {
		case 'run-start':
			return { ...event, query: bounded(event.query, LIMITS.question) };
		case 'run-end': {
			const { answerJson: _, ...rest } = event;
			return { ...rest, answer: bounded(event.answer, LIMITS.answer), citations: event.citations.slice(0, 500) };
		}
		case 'iteration-start':
			return { ...event, messages: [] };
		case 'message-end': {
			const { text, reasoning } = event;
			return { ...event, text: bounded(text, LIMITS.message), reasoning: bounded(reasoning, LIMITS.message) };
		}
		case 'code-start':
			return { ...event, code: bounded(event.code, LIMITS.code) };
		case 'code-end': {
			const { stdout, stderr, changed, spans, error } = event;
			const texts = { stdout: bounded(stdout, LIMITS.output), stderr: bounded(stderr, LIMITS.output) };
			const lists = { changed: changed.slice(0, MAX_ITEMS), spans: spans.slice(0, MAX_ITEMS) };
			const failure = error && { ...error, traceback: bounded(error.traceback, LIMITS.output) };
			const { echo: _, ...rest } = event;
			return present({ ...rest, ...texts, ...lists, error: failure });
		}
		case 'call-start': {
			const { system: _, ...rest } = event;
			return { ...rest, prompt: '', spans: event.spans.slice(0, MAX_ITEMS) };
		}
		case 'call-end':
			return { ...event, reply: bounded(event.reply, LIMITS.reply) };
		case 'compaction':
			return { ...event, summary: '' };
		default:
			return event;
	}
}

function bounded(text: string, characters: number): string {
	return text.length <= characters ? text : `${detachedHead(text, characters)}…`;
}
