import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { EXTENSION_ID, until } from './support.ts';

/** VS Code's own figures, from the table of Developer: Startup Performance. */
async function activationFigures(): Promise<Readonly<Record<string, number>> | undefined> {
	await vscode.commands.executeCommand('perfview.show');
	const row = () =>
		vscode.workspace.textDocuments
			.find(({ uri }) => uri.scheme === 'perf')
			?.getText()
			.split('\n')
			.find((line) => line.includes(`| ${EXTENSION_ID} `));
	await until(() => row() !== undefined, 'the row of the extension in the startup table');
	const [loadCodeMs, callActivateMs, finishActivateMs] = (row() ?? '').split('|').slice(3, 6).map(Number);
	return loadCodeMs === undefined || callActivateMs === undefined || finishActivateMs === undefined
		? undefined
		: { loadCodeMs, callActivateMs, finishActivateMs };
}

describe('activation', () => {
	it('happens on the first command, and VS Code can tell how long it took', async () => {
		await vscode.commands.executeCommand('rlm.cancelRun');
		const extension = vscode.extensions.getExtension(EXTENSION_ID);
		assert.ok(extension?.isActive);
		const figures = await activationFigures();
		assert.ok(figures && Object.values(figures).every(Number.isFinite), JSON.stringify(figures));
		const report = process.env.RLM_ACTIVATION_REPORT;
		if (report) writeFileSync(report, JSON.stringify(figures));
	});

	it('registers every command that the manifest names', async () => {
		const manifest = vscode.extensions.getExtension(EXTENSION_ID)?.packageJSON;
		const contributed: string[] = manifest.contributes.commands.map(({ command }: { command: string }) => command);
		const registered = await vscode.commands.getCommands(true);
		assert.deepEqual(
			contributed.filter((command) => !registered.includes(command)),
			[],
		);
	});

	it('asks for no event, so that nothing runs at the start of the editor', () => {
		assert.deepEqual(vscode.extensions.getExtension(EXTENSION_ID)?.packageJSON.activationEvents, []);
	});
});
