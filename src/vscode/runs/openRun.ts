import { l10n, Uri, workspace } from 'vscode';
import { InputError } from '../../core/errors.ts';
import type { RunEnd } from '../../core/events.ts';
import { lighten } from '../../core/lighten.ts';
import type { RunResult } from '../../core/request.ts';
import { emptyTree, endUnfinished, foldEvent, rootRun } from '../../core/tree.ts';
import { readJournal } from '../../journal/readJournal.ts';
import { Breather } from '../../node/breather.ts';
import { EventLog } from './eventLog.ts';
import type { Run, RunState } from './run.ts';

/**
 * Reads a run back from its journal, in slices that keep the editor responsive. An interrupted run keeps what
 * it had.
 * @throws InputError when the file is not a journal or cannot be read
 */
export async function openRun(journal: string): Promise<Run> {
	const tree = emptyTree();
	const log = new EventLog();
	const breather = new Breather();
	let end: RunEnd | undefined;
	let lastAt = 0;
	for await (const event of readJournal(journal)) {
		const light = lighten(event);
		foldEvent(tree, light);
		log.append(light);
		lastAt = event.at;
		if (event.type === 'run-end' && event.parentId === undefined) end = event;
		await breather.breathe();
	}
	endUnfinished(tree, lastAt);
	return asRun(journal, { tree, log }, end, lastAt);
}

function asRun(
	journal: string,
	{ tree, log }: Pick<Run, 'tree' | 'log'>,
	end: RunEnd | undefined,
	lastAt: number,
): Run {
	const root = rootRun(tree);
	const state: RunState = end?.outcome ?? 'interrupted';
	const brokenOff = new InputError(l10n.t('{0} ends before the run does.', journal));
	const result: Promise<RunResult> = end ? Promise.resolve(end) : Promise.reject(brokenOff);
	result.catch(() => {}); // nobody needs to await the result of an interrupted run
	return {
		id: end?.runId ?? root?.runId ?? journal,
		question: root?.start.query ?? '',
		contextLabel: root?.start.contexts.map(({ label }) => label).join(', ') ?? '',
		state,
		startedAt: root?.startedAt ?? lastAt,
		endedAt: lastAt,
		journal,
		tree,
		log,
		progress: '',
		error: end?.error,
		result,
		uriOf: workspaceUri,
		cancel() {},
		answerNow() {},
		rerun: undefined,
	};
}

/** Finds the workspace file behind a path of a corpus. With several folders, the path begins with a folder. */
async function workspaceUri(path: string): Promise<Uri | undefined> {
	const folders = workspace.workspaceFolders ?? [];
	const candidates = folders.flatMap(({ uri, name }) => {
		const inFolder = path.startsWith(`${name}/`) ? [Uri.joinPath(uri, path.slice(name.length + 1))] : [];
		return [Uri.joinPath(uri, path), ...inFolder];
	});
	for (const candidate of candidates) {
		const isInside = folders.some(({ uri }) => candidate.path.startsWith(`${uri.path}/`));
		if (isInside && (await exists(candidate))) return candidate;
	}
	return undefined;
}

async function exists(uri: Uri): Promise<boolean> {
	try {
		await workspace.fs.stat(uri);
		return true;
	} catch {
		return false;
	}
}
