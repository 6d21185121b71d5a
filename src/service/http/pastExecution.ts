import type { History } from '../../journal/history.ts';
import { readJournal } from '../../journal/journal.ts';
import { Execution } from './execution.ts';

/** Reads an execution back from its journal; undefined when there is none. @throws InputError when it is corrupt */
export async function readPastExecution(history: History, id: string): Promise<Execution | undefined> {
	if (!/^[0-9a-f-]{1,64}$/i.test(id)) return undefined; // an id must not name another file
	const journal = await history.pathOf(id);
	if (journal === undefined) return undefined;
	let execution: Execution | undefined;
	for await (const event of readJournal(journal)) {
		const query = event.type === 'run-start' ? event.query : '';
		execution ??= new Execution({ id: event.runId, query, startedAt: event.at, journal });
		execution.add(event);
	}
	execution?.finish();
	return execution?.id === id ? execution : undefined;
}
