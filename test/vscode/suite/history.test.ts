import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { InputError } from '../../../src/core/errors.ts';
import { HistoryStore, type HistoryStoreOptions } from '../../../src/vscode/history/historyStore.ts';
import type { Run } from '../../../src/vscode/runs/run.ts';
import { memento, workspaceFile } from './support.ts';

/** A window's view of the history; the memento is what all windows share. */
function openStore(shared: vscode.Memento, runs: HistoryStoreOptions['runs']): HistoryStore {
	const storage = vscode.Uri.joinPath(workspaceFile('.'), '..', 'history-store');
	return new HistoryStore({ storage, memento: shared, answers: { remove: async () => {} }, runs });
}

describe('the history', () => {
	const none = { get: () => undefined, forget() {} };

	it('keeps what other windows have pinned', async () => {
		const shared = memento();
		const [one, other] = [openStore(shared, none), openStore(shared, none)];
		await one.pin('r1', true);
		await other.pin('r2', true);
		assert.deepEqual(
			['r1', 'r2'].map((id) => one.isPinned(id)),
			[true, true],
		);
		await other.pin('r1', false);
		assert.equal(one.isPinned('r1'), false);
	});

	it('does not delete a run under way', async () => {
		const forgotten: string[] = [];
		const runs = { get: () => ({ state: 'running' }) as Run, forget: (id: string) => forgotten.push(id) };
		await assert.rejects(openStore(memento(), runs).remove('r1'), InputError);
		assert.deepEqual(forgotten, []);
	});
});
