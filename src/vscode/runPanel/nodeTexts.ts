import type { RunEvent } from '../../core/events.ts';
import { readNode } from '../../journal/readNode.ts';
import { type Found, searchJournal } from '../../journal/searchJournal.ts';
import type { NodePart, NodeText } from '../../protocol/panel.ts';
import type { Run } from '../runs/run.ts';

/** Most characters of a text that a page gets; an editor shows all of it. */
const MAX_CHARACTERS = 50_000;
/** Most nodes that a search finds. */
const MAX_FOUND = 2_000;

/** A full text of a node. */
export interface FullText {
	readonly part: NodePart;
	readonly role?: string;
	readonly text: string;
}

/**
 * Reads the full texts of a node from the journal.
 * @throws InputError when the journal cannot be read; CancelledError
 */
export async function fullTexts(run: Run, nodeId: string, signal: AbortSignal): Promise<readonly FullText[]> {
	if (run.journal === undefined) return [];
	const events = await readNode(run.journal, nodeId, signal);
	return events.flatMap(textsOf).filter(({ text }) => text !== '');
}

/** Reads the texts of a node, bounded for a page. @throws like fullTexts */
export async function nodeTexts(run: Run, nodeId: string, signal: AbortSignal): Promise<readonly NodeText[]> {
	const texts = await fullTexts(run, nodeId, signal);
	return texts.map((full) => ({
		...full,
		text: full.text.slice(0, MAX_CHARACTERS),
		cut: Math.max(0, full.text.length - MAX_CHARACTERS),
	}));
}

/** Finds the nodes whose texts contain a text. @throws like searchJournal */
export async function search(run: Run, text: string, signal: AbortSignal): Promise<Found> {
	if (run.journal === undefined) return { nodeIds: [], isCut: false };
	return searchJournal(run.journal, text, MAX_FOUND, signal);
}

function textsOf(event: RunEvent): readonly FullText[] {
	switch (event.type) {
		case 'iteration-start':
			return event.messages.map(({ role, content }) => ({ part: 'message', role, text: content }));
		case 'message-end':
			return [
				{ part: 'reasoning', text: event.reasoning },
				{ part: 'reply', text: event.text },
			];
		case 'code-start':
			return [{ part: 'code', text: event.code }];
		case 'code-end':
			return [{ part: 'output', text: event.stdout + event.stderr }];
		case 'call-start':
			return [{ part: 'prompt', text: event.prompt }];
		case 'call-end':
			return [{ part: 'reply', text: event.reply }];
		case 'run-end':
			return [{ part: 'answer', text: event.answer }];
		default:
			return [];
	}
}
