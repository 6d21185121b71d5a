import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { readJournal } from '../../journal/journal.ts';
import { Execution } from './execution.ts';

/** Reads an execution back from its journal; undefined when the folder has none of it. @throws InputError when it is corrupt */
export async function readPastExecution(folder: string, id: string): Promise<Execution | undefined> {
	if (!/^[0-9a-f-]{1,64}$/i.test(id)) return undefined; // an id never names another file
	const name = (await namesIn(folder)).find((file) => file.endsWith(`-${id}.jsonl`));
	if (name === undefined) return undefined;
	const journal = path.join(folder, name);
	let execution: Execution | undefined;
	for await (const event of readJournal(journal)) {
		const query = event.type === 'run-start' ? event.query : '';
		execution ??= new Execution({ id: event.runId, query, startedAt: event.at, journal });
		execution.add(event);
	}
	execution?.finish();
	return execution?.id === id ? execution : undefined;
}

/** A folder that does not exist yet holds no journals. */
async function namesIn(folder: string): Promise<string[]> {
	try {
		return await readdir(folder);
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
		throw error;
	}
}
