import type { RunEvent } from '../core/events.ts';

/** Adds to the events what only the command line knows: the name of the setting that a notice is about. */
export async function* inOwnWords(events: AsyncIterable<RunEvent>): AsyncGenerator<RunEvent> {
	for await (const event of events) {
		if (event.type !== 'notice' || event.topic === undefined) yield event;
		else yield { ...event, text: `${event.text} ${HOW_TO_READ_DIRECTLY}` };
	}
}

const HOW_TO_READ_DIRECTLY =
	'To let the model read such contexts directly, set context.directBelowTokens in the configuration, for example to 16000.';
