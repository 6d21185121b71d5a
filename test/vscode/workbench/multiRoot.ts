import { readFileSync, writeFileSync } from 'node:fs';
import { writeMultiRootWorkspace } from '../host/fixtures.ts';
import type { WindowTests } from './runner.ts';

/** A workspace of two folders. */
export const multiRootTests: WindowTests = {
	name: 'multi-root',
	prepare(folder) {
		const file = writeMultiRootWorkspace(folder);
		const workspace = JSON.parse(readFileSync(file, 'utf8'));
		const settings = { 'rlm.servers': [{ id: 'builtin', kind: 'builtin' }] };
		writeFileSync(file, JSON.stringify({ ...workspace, settings }));
		return file;
	},
	tests: {
		'a citation in the second folder opens its file': async ({ workbench, shot }) => {
			await workbench.runCommand('RLM: Query Workspace', true);
			await workbench.answerInput('Where is "stuck" used?');
			const link = workbench.preview.getByRole('link', { name: 'engine/valves.txt:3' }).first();
			await link.waitFor();
			await shot('evidence');
			await link.click();
			await workbench.tab('valves.txt').waitFor();
			await workbench.cursorPosition.getByText('Ln 3').waitFor();
		},
	},
};
