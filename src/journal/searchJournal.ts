import { throwIfCancelled } from '../core/errors.ts';
import type { RunEvent } from '../core/events.ts';
import { Breather } from '../node/breather.ts';
import { readJournal } from './readJournal.ts';

/** Nodes found, in the order in which they began. */
export interface Found {
	readonly nodeIds: readonly string[];
	/** True when there are more matches than requested. */
	readonly isCut: boolean;
}

/**
 * Finds the nodes whose texts contain a text, ignoring case: questions, prompts, replies, code, output, answers.
 * @throws InputError when the journal cannot be read; CancelledError when the signal fired
 */
export async function searchJournal(path: string, text: string, maxNodes: number, signal: AbortSignal): Promise<Found> {
	const wanted = text.toLowerCase();
	const found = new Set<string>();
	const breather = new Breather();
	for await (const event of readJournal(path)) {
		throwIfCancelled(signal);
		if (!found.has(event.nodeId) && textsOf(event).some((part) => part.toLowerCase().includes(wanted))) {
			if (found.size === maxNodes) return { nodeIds: [...found], isCut: true };
			found.add(event.nodeId);
		}
		await breather.breathe();
	}
	return { nodeIds: [...found], isCut: false };
}

/** Skips streamed pieces: the end of each node has the full text. */
function textsOf(event: RunEvent): readonly string[] {
	switch (event.type) {
		case 'run-start':
			return [event.query];
		case 'run-end':
			return [event.answer, event.error?.message ?? ''];
		case 'message-end':
			return [event.text, event.reasoning, event.server, event.model];
		case 'code-start':
			return [event.code];
		case 'code-end':
			return [event.stdout, event.stderr, event.error?.message ?? ''];
		case 'call-start':
			return [event.prompt];
		case 'call-end':
			return [event.reply, event.server ?? '', event.model ?? ''];
		case 'attempt-failed':
			return [event.message];
		case 'notice':
			return [event.text];
		default:
			return [];
	}
}
