import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { EXTENSION_ID, until } from './support.ts';

/** Ships with VS Code and is of a similar size: for scale. */
const REFERENCE_ID = 'vscode.markdown-language-features';

/** VS Code's own figures, from the table of Developer: Startup Performance. */
async function activationFigures(extensionId: string): Promise<Readonly<Record<string, number>>> {
	await vscode.commands.executeCommand('perfview.show');
	const row = () =>
		vscode.workspace.textDocuments
			.find(({ uri }) => uri.scheme === 'perf')
			?.getText()
			.split('\n')
			.find((line) => line.startsWith(`| ${extensionId} `));
	await until(() => row() !== undefined, `the row of ${extensionId} in the startup table`);
	const [loadCodeMs = Number.NaN, callActivateMs = Number.NaN, finishActivateMs = Number.NaN] = (row() ?? '')
		.split('|')
		.slice(3, 6)
		.map(Number);
	return { loadCodeMs, callActivateMs, finishActivateMs };
}

describe('activation', () => {
	it('is over by the first command, and VS Code can tell how long it took', async () => {
		await vscode.commands.executeCommand('rlm.cancelRun');
		const extension = vscode.extensions.getExtension(EXTENSION_ID);
		assert.ok(extension?.isActive);
		await vscode.extensions.getExtension(REFERENCE_ID)?.activate();
		const figures = await activationFigures(EXTENSION_ID);
		const reference = await activationFigures(REFERENCE_ID);
		assert.ok(
			Object.values({ ...figures, ...reference }).every(Number.isFinite),
			JSON.stringify({ figures, reference }),
		);
		const report = process.env.RLM_ACTIVATION_REPORT;
		if (report) writeFileSync(report, JSON.stringify({ ...figures, reference }));
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

	it('waits until the editor itself has started', () => {
		const manifest = vscode.extensions.getExtension(EXTENSION_ID)?.packageJSON;
		assert.deepEqual(manifest.activationEvents, ['onStartupFinished', 'onWebviewPanel:rlm.runEditor']);
	});
});
